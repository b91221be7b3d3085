/** Reading Parquet back, for either engine: counts, rows for the document store, figures for reports. Always DuckDB. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { textLines } from './lines.ts';
import { type Limits, list, literal, withSession } from './duckdb/session.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface ParquetReader {
  /** Runs a query over local Parquet files, seen as the view `rows`; for small answers. */
  query(paths: readonly string[], sql: string, scratch: string): Promise<readonly Row[]>;
  /** As query, for answers of any size, one row at a time (values as JSON writes them). */
  stream(paths: readonly string[], sql: string, scratch: string): AsyncIterable<Row>;
  /** As query, with the answer written to `out` as Parquet. */
  copy(paths: readonly string[], sql: string, out: string, scratch: string): Promise<void>;
}

/** The reader, bounded by `limits`. */
export function createParquetReader(limits: Limits): ParquetReader {
  const view = (paths: readonly string[]): string =>
    `CREATE TEMP VIEW rows AS SELECT * FROM read_parquet(${list(paths)}, union_by_name = true, hive_partitioning = false, filename = true)`;
  return {
    query: (paths, sql, scratch) =>
      withSession(limits, scratch, async (session) => {
        await session.run(view(paths));
        return session.rows(sql);
      }),
    copy: (paths, sql, out, scratch) =>
      withSession(limits, scratch, async (session) => {
        await session.run(view(paths));
        await session.run(`COPY (${sql}) TO ${literal(out)} (FORMAT parquet, COMPRESSION zstd)`);
      }),
    async *stream(paths, sql, scratch) {
      const out = join(scratch, 'rows.ndjson');
      await withSession(limits, scratch, async (session) => {
        await session.run(view(paths));
        await session.run(`COPY (${sql}) TO ${literal(out)} (FORMAT json)`);
      });
      for await (const line of textLines(createReadStream(out))) yield JSON.parse(line) as Row;
    },
  };
}
