/** A table's file without the rows of some seals. The node engine uses it too: rows are copied as they are stored, no rule is applied. */
import { invariant } from '../../../domain/errors.ts';
import type { RewriteJob } from '../engine.ts';
import { type Session, countRows, literal } from './session.ts';

/** Writes what is left, sorted by (entity, version) as `compress` does; the same file gives the same bytes. */
export async function rewrite(session: Session, job: RewriteJob): Promise<{ rows: number }> {
  const left = `SELECT * FROM read_parquet(${literal(job.path)}) WHERE _seal NOT IN (${job.without.map(literal).join(', ')})`;
  const [expected] = await session.rows(`SELECT count(*)::INTEGER AS n FROM (${left})`);
  await session.run(
    `COPY (${left} ORDER BY entity, version) TO ${literal(job.out)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000)`,
  );
  const rows = await countRows(session, job.out);
  invariant(rows === expected?.['n'], `${String(expected?.['n'])} rows are left of ${job.path}, ${rows} read back`);
  return { rows };
}
