/** `compress` in SQL: the enriched rows of each event date, sorted by (entity, version), as ZSTD Parquet. */
import { join } from 'node:path';
import { type Column, fieldColumns, tableColumns } from '../../../domain/contracts/contract.ts';
import { invariant } from '../../../domain/errors.ts';
import type { CompressJob, CompressedFile } from '../engine.ts';
import { checkCode } from '../staged-code.ts';
import { type Session, countRows, identifier, list, literal } from './session.ts';

/** Rows held in memory at once; a date with more is a batch of its own. */
const BATCH_ROWS = 150_000;

/** Writes one file per date into the job's folder. Rows are counted by reading each file back. */
export async function compress(session: Session, job: CompressJob): Promise<readonly CompressedFile[]> {
  await checkCode(session, job);
  await session.run(
    `CREATE TABLE dropped AS SELECT raw_key, line FROM read_parquet(${literal(job.ledger)}) WHERE verdict <> 'enriched'`,
  );
  for (const dates of await batches(session, job)) {
    await session.run(`CREATE OR REPLACE TABLE rows AS ${enrichedSql(job, dates)}`);
    await session.runAll(dates.map((date) => copySql(job, date)));
  }
  const files: CompressedFile[] = [];
  for (const eventDate of job.dates) {
    const path = pathOf(job, eventDate);
    const rows = await countRows(session, path);
    invariant(rows > 0, `${job.seal}: the file of ${eventDate} holds no rows`);
    files.push({ path, eventDate, rows });
  }
  return files;
}

const pathOf = (job: CompressJob, eventDate: string): string => join(job.outFolder, `${eventDate}.parquet`);

/** The job's dates, cut into batches by the rows that the ledger promises for them. */
async function batches(session: Session, job: CompressJob): Promise<readonly (readonly string[])[]> {
  const counts = await session.rows(
    `SELECT event_date, count(*)::INTEGER AS n FROM read_parquet(${literal(job.ledger)}) WHERE verdict = 'enriched' GROUP BY event_date`,
  );
  const rowsOf = new Map(counts.map((row) => [row['event_date'], Number(row['n'])]));
  const result: string[][] = [];
  let room = 0;
  for (const date of [...job.dates].sort()) {
    const rows = rowsOf.get(date) ?? 0;
    if (result.length === 0 || rows > room) {
      result.push([]);
      room = BATCH_ROWS;
    }
    result.at(-1)?.push(date);
    room -= rows;
  }
  return result;
}

/** Staged files are sorted by event date, so the filter skips most of what other batches read. */
function enrichedSql(job: CompressJob, dates: readonly string[]): string {
  const staged = [
    ...['version', 'received_at', 'event_date', 'issues'],
    ...fieldColumns(job.contract).map((column) => identifier(column.name)),
  ];
  const [first = '', last = ''] = [dates[0], dates.at(-1)];
  return `
    SELECT identity_hash AS entity, ${staged.join(', ')}, ${literal(job.seal)} AS _seal, raw_key AS _raw_key, line AS _line
    FROM read_parquet(${list(job.staged)}) s ANTI JOIN dropped USING (raw_key, line)
    WHERE event_date BETWEEN ${literal(first)} AND ${literal(last)} AND event_date IN (${dates.map(literal).join(', ')})`;
}

const copySql = (job: CompressJob, eventDate: string): string => `
  COPY (SELECT ${tableColumns(job.contract).map(tableCell).join(', ')} FROM rows WHERE event_date = ${literal(eventDate)} ORDER BY entity, version)
  TO ${literal(pathOf(job, eventDate))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000)`;

/** The table's column made of a staged one. */
function tableCell(column: Column): string {
  const name = identifier(column.name);
  if (column.type === 'timestamp') return `make_timestamptz(${name} * 1000) AS ${name}`;
  return column.type === 'date' ? `${name}::DATE AS ${name}` : name;
}
