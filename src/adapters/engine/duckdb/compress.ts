/** `compress` in SQL: the enriched rows of each event date, sorted by (entity, version), as ZSTD Parquet. */
import { join } from 'node:path';
import { type Column, fieldColumns, tableColumns } from '../../../domain/contracts/contract.ts';
import { invariant } from '../../../domain/errors.ts';
import type { CompressJob, CompressedFile } from '../engine.ts';
import { checkCode } from '../staged-code.ts';
import { type Session, countRows, identifier, list, literal } from './session.ts';

/** The table's column made of a staged one. */
function tableCell(column: Column): string {
  const name = identifier(column.name);
  if (column.type === 'timestamp') return `make_timestamp(${name} * 1000)::TIMESTAMPTZ AS ${name}`;
  return column.type === 'date' ? `${name}::DATE AS ${name}` : name;
}

/** Writes one file per date into the job's folder. Rows are counted by reading each file back. */
export async function compress(session: Session, job: CompressJob): Promise<readonly CompressedFile[]> {
  const staged = [
    'version',
    'received_at',
    'event_date',
    'issues',
    ...fieldColumns(job.contract).map((column) => identifier(column.name)),
  ];
  await checkCode(session, job);
  await session.run(`
    CREATE TEMP TABLE rows AS
    SELECT identity_hash AS entity, ${staged.join(', ')}, ${literal(job.seal)} AS _seal, raw_key AS _raw_key, line AS _line
    FROM read_parquet(${list(job.staged)}) s
    ANTI JOIN (SELECT raw_key, line FROM read_parquet(${literal(job.ledger)}) WHERE verdict <> 'enriched') l USING (raw_key, line)
    WHERE event_date IN (${job.dates.map(literal).join(', ')}) ORDER BY event_date, entity, version`);
  const columns = tableColumns(job.contract).map(tableCell).join(', ');
  const files: CompressedFile[] = [];
  for (const eventDate of job.dates) {
    const path = join(job.outFolder, `${eventDate}.parquet`);
    await session.run(`
      COPY (SELECT ${columns} FROM (SELECT * FROM rows WHERE event_date = ${literal(eventDate)} ORDER BY entity, version))
      TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000)`);
    const rows = await countRows(session, path);
    invariant(rows > 0, `${job.seal}: the file of ${eventDate} holds no rows`);
    files.push({ path, eventDate, rows });
  }
  return files;
}
