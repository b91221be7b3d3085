/** `compress` by parquetjs-lite: the enriched rows of some event days, in the table's order. */
import { dirname, join } from 'node:path';
import { tableColumns } from '../../../domain/sources/contract.ts';
import { invariant } from '../../../domain/errors.ts';
import { tableOrder } from '../../../domain/sql.ts';
import { fileFacts } from '../duckdb/facts.ts';
import { list, literal } from '../duckdb/session.ts';
import type { CompressJob, CompressedFile } from '../engine.ts';
import { compareText } from './order.ts';
import { type Row, writeParquet } from './parquet-file.ts';
import { type Reader, reading, rowsOf } from './read.ts';

/** Writes one file per table that gets rows into the job's folder, and says what each holds by reading it back. */
export async function compress(job: CompressJob): Promise<readonly CompressedFile[]> {
  return reading(dirname(job.outFolder), async (reader) => {
    const rows = await enrichedRows(reader, job);
    const files: CompressedFile[] = [];
    for (const table of job.contract.tables) {
      const columns = tableColumns(table);
      const own = rows.filter((row) => String(row['tables']).split(',').includes(table.name));
      if (own.length === 0) continue;
      const order = tableOrder(columns);
      own.sort((a, b) => firstDifference(order.map((name) => compareCells(a[name], b[name]))));
      const path = join(job.outFolder, `${table.name}.parquet`);
      await writeParquet({ path, columns }, own);
      const facts = await fileFacts(reader.session, path);
      invariant(
        facts.rows === own.length,
        `${job.run}: ${own.length} rows were written to ${table.name}, ${facts.rows} read back`,
      );
      files.push({ path, table: table.name, ...facts });
    }
    return files;
  });
}

const firstDifference = (differences: readonly number[]): number => differences.find((n) => n !== 0) ?? 0;

/** Numbers by size, texts by their bytes, nothing last: as SQL orders. */
function compareCells(a: unknown, b: unknown): number {
  const [noA, noB] = [a ?? null, b ?? null].map((value) => value === null);
  if (noA === true || noB === true) return Number(noA) - Number(noB);
  return typeof a === 'number' && typeof b === 'number' ? a - b : compareText(String(a), String(b));
}

/** The rows of the job's days whose line the ledger calls enriched, as records of the tables' columns. */
async function enrichedRows(reader: Reader, job: CompressJob): Promise<Row[]> {
  const dropped = new Set<string>();
  const seals = new Map<unknown, unknown>();
  for await (const row of rowsOf(
    reader,
    `SELECT raw_key, line, seal, verdict FROM read_parquet(${literal(job.ledger)})`,
  )) {
    seals.set(row['raw_key'], row['seal']);
    if (row['verdict'] !== 'enriched') dropped.add(lineOf(row));
  }
  const rows: Row[] = [];
  for await (const row of rowsOf(reader, `SELECT * FROM read_parquet(${list(job.staged)})`)) {
    const day = String(row['event_date']);
    if (day < job.days.from || day > job.days.to || dropped.has(lineOf(row))) continue;
    rows.push({
      ...row,
      entity: row['entity'] ?? row['identity_hash'],
      _seal: seals.get(row['raw_key']),
      _raw_key: row['raw_key'],
      _line: row['line'],
    });
  }
  return rows;
}

const lineOf = (row: Row): string => `${String(row['raw_key'])}\n${String(row['line'])}`;
