/** `compress` in SQL: the enriched rows of some event days in the table's order, one ZSTD Parquet file per table. */
import { join } from 'node:path';
import { type Column, type Table, ruledColumns, tableColumns } from '../../../domain/sources/contract.ts';
import { invariant } from '../../../domain/errors.ts';
import { ROW_GROUP_ROWS, tableOrder } from '../../../domain/sql.ts';
import type { CompressJob, CompressedFile } from '../engine.ts';
import { fileFacts } from './facts.ts';
import { type Session, identifier, list, literal } from './session.ts';

/** Writes one file per table that gets rows into the job's folder, and says what each holds by reading it back. */
export async function compress(session: Session, job: CompressJob): Promise<readonly CompressedFile[]> {
  const verdicts = await session.rows(`
    SELECT seal, tables, verdict = 'enriched' AS enriched, count(*) FILTER (${inDays(job)})::INTEGER AS n
    FROM ${ledgerSql(job)} GROUP BY ALL`);
  const promised = verdicts.filter(({ enriched }) => enriched === true);
  const seals = new Set(verdicts.map(({ seal }) => String(seal)));
  const enriched = enrichedSql(job, seals.size === 1 ? [...seals][0] : undefined, promised.length < verdicts.length);
  const files: CompressedFile[] = [];
  for (const table of job.contract.tables) {
    const own = promised.filter((row) => String(row['tables']).split(',').includes(table.name));
    const rows = own.reduce((sum, row) => sum + Number(row['n']), 0);
    if (rows === 0) continue;
    const path = join(job.outFolder, `${table.name}.parquet`);
    await session.run(copySql(job, table, enriched, path));
    const facts = await fileFacts(session, path);
    invariant(
      facts.rows === rows,
      `${job.run}: the ledger gives ${table.name} ${rows} rows, ${facts.rows} were read back`,
    );
    files.push({ path, table: table.name, ...facts });
  }
  return files;
}

const ledgerSql = (job: CompressJob): string => `read_parquet(${literal(job.ledger)})`;
const inDays = ({ days }: CompressJob): string => `event_date BETWEEN ${literal(days.from)} AND ${literal(days.to)}`;

/** The staged rows of enriched lines. Joins that one seal without a dropped line does not need are left out: most are such. */
function enrichedSql(job: CompressJob, seal: string | undefined, hasDropped: boolean): string {
  const staged = [
    'version',
    'received_at',
    'event_date',
    'tables',
    'issues',
    ...ruledColumns(job.contract).map(({ name }) => identifier(name)),
  ];
  const ledger = ledgerSql(job);
  const places = seal === undefined ? `JOIN (SELECT DISTINCT raw_key, seal FROM ${ledger}) USING (raw_key)` : '';
  const anti = hasDropped
    ? `ANTI JOIN (SELECT raw_key, line FROM ${ledger} WHERE verdict <> 'enriched') USING (raw_key, line)`
    : '';
  return `(SELECT coalesce(entity, identity_hash) AS entity, ${staged.join(', ')}, ${seal === undefined ? 'seal' : literal(seal)} AS _seal, raw_key AS _raw_key, line AS _line
    FROM read_parquet(${list(job.staged)}) ${places} ${anti} WHERE ${inDays(job)})`;
}

function copySql(job: CompressJob, table: Table, enriched: string, path: string): string {
  const isOnly = job.contract.tables.length === 1;
  const own = isOnly ? '' : `WHERE list_contains(string_split(tables, ','), ${literal(table.name)})`;
  const columns = tableColumns(table);
  return `
    COPY (SELECT ${columns.map(tableCell).join(', ')} FROM ${enriched} ${own} ORDER BY ${tableOrder(columns).map(identifier).join(', ')})
    TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`;
}

/** The table's column made of a staged one. */
function tableCell(column: Column): string {
  const name = identifier(column.name);
  if (column.type === 'timestamp') return `make_timestamptz(${name} * 1000) AS ${name}`;
  return column.type === 'date' ? `${name}::DATE AS ${name}` : name;
}
