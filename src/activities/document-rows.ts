/** Rows of a table's files as documents need them. */
import { EVENT_DATE, type Table } from '../domain/contracts/contract.ts';
import { type DocumentRow, documentColumns } from '../domain/documents.ts';
import type { Ports } from './ports.ts';
import { daysSql } from './table-files.ts';

const ROWS_AT_ONCE = 2_000;

/**
 * The rows of a query over `views.rows`, some at a time; timestamps in milliseconds. `files` are those of `rows`, in the same order, for
 * their event dates. A column that older files do not have is null.
 */
export async function* documentRows(
  ports: Pick<Ports, 'reader'>,
  table: Table,
  views: { readonly rows: readonly string[]; readonly [view: string]: readonly string[] },
  files: readonly { readonly eventDate: string }[],
  sql: string,
  scratch: string,
): AsyncGenerator<readonly DocumentRow[]> {
  const described = await ports.reader.query({ rows: views.rows }, 'DESCRIBE SELECT * FROM rows', scratch);
  const there = new Set(described.map((row) => row['column_name']));
  const cells = documentColumns(table)
    .filter(({ name }) => name !== EVENT_DATE.name && there.has(name))
    .map(({ name, type }) => (type === 'timestamp' ? `epoch_ms("${name}") AS "${name}"` : `"${name}"`));
  const query = `SELECT entity, version, ${[...cells, 'event_date::VARCHAR AS event_date'].join(', ')}
    FROM (${sql}) found JOIN ${daysSql(views.rows, files)} ON days.path = found.filename`;
  let some: DocumentRow[] = [];
  for await (const row of ports.reader.stream(views, query, scratch)) {
    const { entity, version, ...columns } = row;
    some.push({ entity: String(entity), version: String(version), columns });
    if (some.length === ROWS_AT_ONCE) {
      yield some;
      some = [];
    }
  }
  if (some.length > 0) yield some;
}
