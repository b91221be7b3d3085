/**
 * Reading Parquet back. parquetjs-lite's reader knows neither ZSTD nor dictionaries, so DuckDB reads for this engine too; it hands
 * over rows as they are stored, and decides nothing.
 */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { textLines } from '../lines.ts';
import { type Session, literal, withSession } from '../duckdb/session.ts';
import type { Row } from './parquet-file.ts';

const LIMITS = { memoryMb: 512, threads: 1 };

/** Opens a session in a folder of its own below `folder`, and removes that folder afterwards. */
export async function reading<T>(folder: string, work: (reader: Reader) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(folder, 'read-'));
  try {
    return await withSession(LIMITS, scratch, (session) => work({ session, scratch }));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export interface Reader {
  readonly session: Session;
  readonly scratch: string;
}

/** The rows of a query, one at a time, by way of a file: converting a large answer in memory blocks the process. */
export async function* rowsOf(reader: Reader, sql: string): AsyncGenerator<Row> {
  const path = join(reader.scratch, 'rows.ndjson');
  await reader.session.run(`COPY (${sql}) TO ${literal(path)} (FORMAT json)`);
  for await (const line of textLines(createReadStream(path))) yield JSON.parse(line) as Row;
  await rm(path);
}
