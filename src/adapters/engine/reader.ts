/** Reading Parquet back, for either engine: counts, rows for the document store, figures for reports. Always DuckDB. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { textLines } from './lines.ts';
import type { FileFacts } from '../../domain/formats/table-file.ts';
import { fileFacts } from './duckdb/facts.ts';
import {
  type Answer,
  type Limits,
  identifier,
  list,
  literal,
  withOwnSession,
  withSessionOver,
} from './duckdb/session.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Local Parquet files, one or more, seen as the view `rows`; or several views by name. */
export type Files = readonly string[] | Readonly<Record<string, readonly string[]>>;

export interface ParquetReader {
  /** Runs a query over local Parquet files; for small answers. */
  query(files: Files, sql: string, scratch: string): Promise<readonly Row[]>;
  /** As query, several over `table`, which is made of the files once: reading them, and planning how, is most of what small answers cost. */
  queries(files: Files, table: View, sqls: readonly string[], scratch: string): Promise<readonly (readonly Row[])[]>;
  /** As query, for answers of any size, one row at a time (values as JSON writes them). */
  stream(files: Files, sql: string, scratch: string): AsyncIterable<Row>;
  /** As query, with the answer written to `out` as Parquet. */
  copy(files: Files, sql: string, out: string, scratch: string): Promise<void>;
  /** What a table's file holds, for its `add`. */
  facts(path: string, scratch: string): Promise<FileFacts>;
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

const MOST_SPILLED = '4GB';

const isPaths = (files: Files): files is readonly string[] => Array.isArray(files);

const namedFiles = (files: Files): Exclude<Files, readonly string[]> => (isPaths(files) ? { rows: files } : files);
const pathsOf = (files: Files): readonly string[] => Object.values(namedFiles(files)).flat();

/** A query in which files are seen by their names. Nothing is made for it: a view of its own costs as much as a small answer. */
function over(files: Files, sql: string): string {
  const views = Object.entries(namedFiles(files)).map(
    ([name, paths]) =>
      `${identifier(name)} AS NOT MATERIALIZED (SELECT * FROM read_parquet(${list(paths)}, union_by_name = true, hive_partitioning = false, filename = true))`,
  );
  const [, own] = /^\s*WITH\s([^]*)$/i.exec(sql) ?? [];
  return `WITH ${views.join(', ')}${own === undefined ? ` ${sql}` : `, ${own}`}`;
}

/** The reader, bounded by `limits`; a person's question also by `askMs`, and it spills little: the disk is everybody's. */
export function createParquetReader(limits: Limits, askMs?: number): ParquetReader {
  return {
    query: (files, sql, scratch) =>
      withSessionOver(pathsOf(files), limits, scratch, (session) => session.rows(over(files, sql))),
    queries: (files, { name, sql }, sqls, scratch) =>
      withSessionOver(pathsOf(files), limits, scratch, async (session) => {
        await session.run(`CREATE TEMP TABLE ${identifier(name)} AS ${over(files, sql)}`);
        const answers: (readonly Row[])[] = [];
        for (const one of sqls) answers.push(await session.rows(one));
        return answers;
      }),
    facts: (path, scratch) => withSessionOver([path], limits, scratch, (session) => fileFacts(session, path)),
    copy: (files, sql, out, scratch) =>
      withSessionOver(pathsOf(files), limits, scratch, (session) =>
        session.run(`COPY (${over(files, sql)}) TO ${literal(out)} (FORMAT parquet, COMPRESSION zstd)`),
      ),
    ask: (views, sql, most, scratch) =>
      withOwnSession(limits, scratch, async (session) => {
        for (const { name, sql: selected } of views)
          await session.run(`CREATE TEMP VIEW ${identifier(name)} AS ${selected}`);
        await session.run(`SET allowed_directories = ${list([scratch])}`);
        await session.run(`SET max_temp_directory_size = '${MOST_SPILLED}'`);
        await session.run('SET enable_external_access = false');
        await session.run('SET lock_configuration = true');
        return session.ask(sql, most, askMs);
      }),
    async *stream(files, sql, scratch) {
      const out = join(scratch, `rows-${randomUUID()}.ndjson`);
      await withSessionOver(pathsOf(files), limits, scratch, (session) =>
        session.run(`COPY (${over(files, sql)}) TO ${literal(out)} (FORMAT json)`),
      );
      for await (const line of textLines(createReadStream(out))) yield JSON.parse(line) as Row;
    },
  };
}
