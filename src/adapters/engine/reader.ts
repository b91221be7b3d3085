/** Reading Parquet back, for either engine: counts, rows for the document store, figures for reports. Always DuckDB. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { textLines } from './lines.ts';
import { type Answer, type Limits, identifier, list, literal, withSession } from './duckdb/session.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface ParquetReader {
  /** Runs a query over local Parquet files, seen as the view `rows`; for small answers. */
  query(paths: readonly string[], sql: string, scratch: string): Promise<readonly Row[]>;
  /** As query, for answers of any size, one row at a time (values as JSON writes them). */
  stream(paths: readonly string[], sql: string, scratch: string): AsyncIterable<Row>;
  /** As query, with the answer written to `out` as Parquet. */
  copy(paths: readonly string[], sql: string, out: string, scratch: string): Promise<void>;
  /**
   * Answers a person's statement over views, made in this order. Once they exist it sees no file outside `scratch`, no network and no
   * setting. Throws PermanentError in one sentence for a statement that is wrong or does more than read.
   */
  ask(views: readonly View[], sql: string, most: number, scratch: string): Promise<Answer>;
}

/** A view by its name and what it selects; files it reads lie below `scratch`. */
export interface View {
  readonly name: string;
  readonly sql: string;
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
    ask: (views, sql, most, scratch) =>
      withSession(limits, scratch, async (session) => {
        for (const { name, sql: selected } of views)
          await session.run(`CREATE TEMP VIEW ${identifier(name)} AS ${selected}`);
        await session.run(`SET allowed_directories = ${list([scratch])}`);
        await session.run('SET enable_external_access = false');
        await session.run('SET lock_configuration = true');
        return session.ask(sql, most);
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
