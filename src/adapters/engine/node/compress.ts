/** `compress` by parquetjs-lite: the enriched rows of each event date, sorted by (entity, version). */
import { dirname, join } from 'node:path';
import { tableColumns } from '../../../domain/contracts/contract.ts';
import { invariant } from '../../../domain/errors.ts';
import { countRows, list, literal } from '../duckdb/session.ts';
import type { CompressJob, CompressedFile } from '../engine.ts';
import { checkCode } from '../staged-code.ts';
import { compareText } from './order.ts';
import { type Row, writeParquet } from './parquet-file.ts';
import { type Reader, reading, rowsOf } from './read.ts';

/** Writes one file per table and date into the job's folder. Rows are counted by reading each file back. */
export async function compress(job: CompressJob): Promise<readonly CompressedFile[]> {
  return reading(dirname(job.outFolder), async (reader) => {
    await checkCode(reader.session, job);
    const byDate = await enrichedRows(reader, job);
    const files: CompressedFile[] = [];
    for (const eventDate of job.dates) {
      const rows = byDate.get(eventDate) ?? [];
      invariant(rows.length > 0, `${job.run}: there are no rows of ${eventDate}`);
      rows.sort(
        (a, b) =>
          compareText(String(a['entity']), String(b['entity'])) ||
          compareText(String(a['version']), String(b['version'])),
      );
      for (const table of job.contract.tables) {
        const own = rows.filter((row) => String(row['tables']).split(',').includes(table.name));
        if (own.length === 0) continue;
        const path = join(job.outFolder, `${table.name}-${eventDate}.parquet`);
        await writeParquet({ path, columns: tableColumns(table), metadata: {} }, own);
        const counted = await countRows(reader.session, path);
        invariant(
          counted === own.length,
          `${job.run}: ${own.length} rows of ${eventDate} written to ${table.name}, ${counted} read back`,
        );
        files.push({ path, table: table.name, eventDate, rows: counted });
      }
    }
    return files;
  });
}

/** The rows of the job's dates whose line the ledger calls enriched, as records of the table's columns. */
async function enrichedRows(reader: Reader, job: CompressJob): Promise<Map<string, Row[]>> {
  const dropped = new Set<string>();
  const seals = new Map<unknown, unknown>();
  for await (const row of rowsOf(
    reader,
    `SELECT raw_key, line, seal, verdict FROM read_parquet(${literal(job.ledger)})`,
  )) {
    seals.set(row['raw_key'], row['seal']);
    if (row['verdict'] !== 'enriched') dropped.add(lineOf(row));
  }
  const byDate = new Map<string, Row[]>(job.dates.map((date) => [date, []]));
  for await (const row of rowsOf(reader, `SELECT * FROM read_parquet(${list(job.staged)})`)) {
    const rows = byDate.get(String(row['event_date']));
    if (rows === undefined || dropped.has(lineOf(row))) continue;
    rows.push({
      ...row,
      entity: row['entity'] ?? row['identity_hash'],
      _seal: seals.get(row['raw_key']),
      _raw_key: row['raw_key'],
      _line: row['line'],
    });
  }
  return byDate;
}

const lineOf = (row: Row): string => `${String(row['raw_key'])}\n${String(row['line'])}`;
