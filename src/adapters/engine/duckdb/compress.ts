/** `compress` in SQL: the enriched rows of each event date, sorted by (entity, version), as ZSTD Parquet. */
import { join } from 'node:path';
import { type Column, type Table, ruledColumns, tableColumns } from '../../../domain/contracts/contract.ts';
import { invariant } from '../../../domain/errors.ts';
import type { CompressJob, CompressedFile } from '../engine.ts';
import { checkCode } from '../staged-code.ts';
import { type Session, countRows, identifier, list, literal } from './session.ts';

/** Rows held in memory at once; a date with more is a batch of its own. */
const BATCH_ROWS = 150_000;

/** Writes one file per table and date into the job's folder. Rows are counted by reading each file back. */
export async function compress(session: Session, job: CompressJob): Promise<readonly CompressedFile[]> {
  await checkCode(session, job);
  await session.run(
    `CREATE TABLE seals AS SELECT DISTINCT raw_key, seal AS _seal FROM read_parquet(${literal(job.ledger)})`,
  );
  await session.run(
    `CREATE TABLE dropped AS SELECT raw_key, line FROM read_parquet(${literal(job.ledger)}) WHERE verdict <> 'enriched'`,
  );
  const written: Place[] = [];
  for (const dates of await batches(session, job)) {
    await session.run(`CREATE OR REPLACE TABLE rows AS ${enrichedSql(job, dates)}`);
    const places = await placesOf(session, job);
    await session.runAll(places.map(({ table, eventDate }) => copySql(job, table, eventDate)));
    written.push(...places);
  }
  const files: CompressedFile[] = [];
  for (const { table, eventDate, rows } of written) {
    const path = pathOf(job, table, eventDate);
    const counted = await countRows(session, path);
    invariant(counted === rows, `${job.run}: ${rows} rows of ${eventDate} for ${table.name}, ${counted} read back`);
    files.push({ path, table: table.name, eventDate, rows });
  }
  const found = new Set(files.map(({ eventDate }) => eventDate));
  const missing = job.dates.filter((date) => !found.has(date));
  invariant(missing.length === 0, `${job.run}: there are no rows of ${missing.join(', ')}`);
  return files;
}

interface Place {
  readonly table: Table;
  readonly eventDate: string;
  readonly rows: number;
}

/** The files that the rows in memory make: per table and date, in that order. */
async function placesOf(session: Session, job: CompressJob): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (const table of job.contract.tables) {
    const dates = await session.rows(
      `SELECT event_date, count(*)::INTEGER AS n FROM rows ${whereIn(job, table)} GROUP BY event_date ORDER BY event_date`,
    );
    for (const row of dates) places.push({ table, eventDate: String(row['event_date']), rows: Number(row['n']) });
  }
  return places;
}

/** The rows of one table; all there are where a contract has one table only. */
const whereIn = (job: CompressJob, table: Table): string =>
  job.contract.tables.length === 1
    ? 'WHERE true'
    : `WHERE list_contains(string_split(tables, ','), ${literal(table.name)})`;

const pathOf = (job: CompressJob, table: Table, eventDate: string): string =>
  join(job.outFolder, `${table.name}-${eventDate}.parquet`);

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
    ...['version', 'received_at', 'event_date', 'tables', 'issues'],
    ...ruledColumns(job.contract).map((column) => identifier(column.name)),
  ];
  const [first = '', last = ''] = [dates[0], dates.at(-1)];
  return `
    SELECT coalesce(entity, identity_hash) AS entity, ${staged.join(', ')}, _seal, raw_key AS _raw_key, line AS _line
    FROM read_parquet(${list(job.staged)}) s JOIN seals USING (raw_key) ANTI JOIN dropped USING (raw_key, line)
    WHERE event_date BETWEEN ${literal(first)} AND ${literal(last)} AND event_date IN (${dates.map(literal).join(', ')})`;
}

const copySql = (job: CompressJob, table: Table, eventDate: string): string => `
  COPY (SELECT ${tableColumns(table).map(tableCell).join(', ')} FROM rows ${whereIn(job, table)} AND event_date = ${literal(eventDate)} ORDER BY entity, version)
  TO ${literal(pathOf(job, table, eventDate))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000)`;

/** The table's column made of a staged one. */
function tableCell(column: Column): string {
  const name = identifier(column.name);
  if (column.type === 'timestamp') return `make_timestamptz(${name} * 1000) AS ${name}`;
  return column.type === 'date' ? `${name}::DATE AS ${name}` : name;
}
