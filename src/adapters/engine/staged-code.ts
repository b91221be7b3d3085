/** Staged files name the code that made them, so that the results of two versions are never mixed. */
import { invariant } from '../../domain/errors.ts';
import { CODE_METADATA } from '../../domain/staged.ts';
import { type Session, list, literal } from './duckdb/session.ts';

/** Throws InvariantViolation, naming both, when a staged file was made by other code than the job's. */
export async function checkCode(
  session: Session,
  job: { readonly run: string; readonly staged: readonly string[]; readonly code: string },
): Promise<void> {
  const rows = await session.rows(`
    SELECT DISTINCT decode(k.value) AS code FROM (SELECT unnest(${list(job.staged)}) AS file_name) f
    LEFT JOIN (SELECT file_name, value FROM parquet_kv_metadata(${list(job.staged)}) WHERE decode(key) = ${literal(CODE_METADATA)}) k USING (file_name)
    ORDER BY code`);
  for (const { code } of rows) {
    const found = code === null ? 'code that left no name' : (code as string);
    invariant(code === job.code, `${job.run}: a staged file was made by ${found}, this job runs ${job.code}`);
  }
}
