/** Current rows of a table as documents need them. */
import { type Table, tableColumns } from '../domain/sources/contract.ts';
import { type DocumentRow, documentColumns } from '../domain/formats/documents.ts';
import type { Lake } from '../lake/lake.ts';

const ROWS_AT_ONCE = 2_000;

type Row = Readonly<Record<string, unknown>>;

/** What is asked: SQL over views, and how many rows it can answer at most. */
export interface RowQuestion {
  readonly views: Readonly<Record<string, readonly string[]>>;
  readonly sql: string;
  readonly most: number;
}

/** The rows of a question, some at a time; timestamps in milliseconds. A column that no file has is null. */
export async function* documentRows(
  lake: Pick<Lake, 'reader'>,
  table: Table,
  question: RowQuestion,
  scratch: string,
): AsyncGenerator<readonly DocumentRow[]> {
  const wanted = new Set(documentColumns(table).map(({ name }) => name));
  const columns = tableColumns(table).filter(({ name }) => wanted.has(name));
  for await (const some of rowsOf(lake, question, scratch))
    yield some.map((row) => {
      const cells: Record<string, unknown> = {};
      for (const { name, type } of columns)
        cells[name] = type === 'timestamp' ? epochMs(row[name]) : (row[name] ?? null);
      return { entity: String(row['entity']), version: String(row['version']), columns: cells };
    });
}

/** Few rows are handed over as they are; many by way of a file, for converting a large answer in memory blocks the process. */
export async function* rowsOf(
  lake: Pick<Lake, 'reader'>,
  { views, sql, most }: RowQuestion,
  scratch: string,
): AsyncGenerator<readonly Row[]> {
  if (most <= ROWS_AT_ONCE) {
    const rows = await lake.reader.query(views, sql, scratch);
    if (rows.length > 0) yield rows;
    return;
  }
  let some: Row[] = [];
  for await (const row of lake.reader.stream(views, sql, scratch)) {
    some.push(row);
    if (some.length < ROWS_AT_ONCE) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}

/** DuckDB writes instants as `2021-08-02 14:35:42.5+00`, in the session's zone, which is UTC. */
const epochMs = (value: unknown): number | null =>
  typeof value === 'string' ? Date.parse(`${value.slice(0, value.lastIndexOf('+')).replace(' ', 'T')}Z`) : null;

/** Texts of one column of a query, some at a time. */
export async function* textsOf(
  lake: Pick<Lake, 'reader'>,
  views: RowQuestion['views'],
  sql: string,
  scratch: string,
): AsyncGenerator<readonly string[]> {
  for await (const some of rowsOf(lake, { views, sql, most: Infinity }, scratch))
    yield some.map((row) => String(Object.values(row)[0]));
}
