/** The rows that seals have in a table against those they would have, line by line and cell by cell. */
import { type Table, tableColumns } from '../../domain/sources/contract.ts';
import { type CellSample, type ColumnChange, type TableDiff, mayShow } from '../../domain/formats/diff.ts';
import { list } from '../../domain/sql.ts';
import type { Ports } from '../ports.ts';

/** What has rows of seals, now and then: local copies of files. */
interface Sides {
  readonly seals: readonly string[];
  readonly before: readonly string[];
  readonly after: readonly string[];
}

type Reading = Pick<Ports, 'reader'>;
type Row = Readonly<Record<string, unknown>>;

const SAMPLES = 5;
/** A row is told by the line it came from. */
const LINE = ['_raw_key', '_line'];

/** Compares the rows of the seals on both sides. Values of personal and sensitive columns are not shown. */
export async function compareTable(ports: Reading, table: Table, sides: Sides, scratch: string): Promise<TableDiff> {
  const contract = tableColumns(table);
  if (sides.before.length + sides.after.length === 0) {
    const nothing = { before: 0, after: 0, onlyBefore: 0, onlyAfter: 0, changed: 0 };
    return { table: table.name, ...nothing, columns: [] };
  }
  const was = await columnsOf(ports, sides.before, scratch);
  const is = await columnsOf(ports, sides.after, scratch);
  const names = new Set([...contract.map(({ name }) => name), ...was, ...is]);
  const cells = [...names].filter((name) => (was.has(name) || is.has(name)) && !LINE.includes(name));
  const sidesSql = `WITH b AS (${sideSql(sides, 'before', was, cells)}), a AS (${sideSql(sides, 'after', is, cells)}),
    pairs AS (SELECT b, a FROM b JOIN a ON a._raw_key = b._raw_key AND a._line = b._line)`;
  const run = (sql: string): Promise<readonly Row[]> =>
    ports.reader.query(viewsOf(sides), `${sidesSql} ${sql}`, scratch);
  const [row] =
    await run(`SELECT (SELECT count(*)::INTEGER FROM b) AS before, (SELECT count(*)::INTEGER FROM a) AS after,
    count(*)::INTEGER AS common, (count(*) FILTER (${[...cells.map(differs), 'false'].join(' OR ')}))::INTEGER AS changed
    ${cells.map((name, i) => `, (count(*) FILTER (${differs(name)}))::INTEGER AS c${i}`).join('')} FROM pairs`);
  const columns: ColumnChange[] = [];
  for (const [i, column] of cells.entries()) {
    const changed = Number(row?.[`c${i}`]);
    if (changed === 0) continue;
    const samples = await run(
      `SELECT a.entity AS entity, b."${column}" AS before, a."${column}" AS after FROM pairs WHERE ${differs(column)} ORDER BY ALL LIMIT ${SAMPLES}`,
    );
    columns.push({ column, changed, samples: samples.map(mayShow(contract, column) ? withValues : withoutValues) });
  }
  const [before, after, common] = ['before', 'after', 'common'].map((name) => Number(row?.[name])) as [
    number,
    number,
    number,
  ];
  const counts = { before, after, onlyBefore: before - common, onlyAfter: after - common };
  return { table: table.name, ...counts, changed: Number(row?.['changed']), columns };
}

const differs = (name: string): string => `b."${name}" IS DISTINCT FROM a."${name}"`;

/** A side without files has no view. */
function viewsOf({ before, after }: Sides): Readonly<Record<string, readonly string[]>> {
  return {
    ...(before.length === 0 ? {} : { before }),
    ...(after.length === 0 ? {} : { after }),
  };
}

/** The columns of a side's files; contracts of different days may give different ones. */
async function columnsOf(ports: Reading, paths: readonly string[], scratch: string): Promise<ReadonlySet<string>> {
  if (paths.length === 0) return new Set();
  const rows = await ports.reader.query(
    paths,
    'SELECT column_name FROM (DESCRIBE SELECT * EXCLUDE (filename) FROM rows)',
    scratch,
  );
  return new Set(rows.map((row) => String(row['column_name'])));
}

/** A side's rows as texts, so that a column whose type changed can be compared; columns it does not have are null. */
function sideSql(sides: Sides, view: 'before' | 'after', has: ReadonlySet<string>, cells: readonly string[]): string {
  const columns = [...LINE, ...cells].map((name) => `${has.has(name) ? `"${name}"` : 'NULL'}::VARCHAR AS "${name}"`);
  if (sides[view].length === 0) return `SELECT ${columns.join(', ')} WHERE false`;
  return `SELECT ${columns.join(', ')} FROM ${view} WHERE list_contains(${list(sides.seals)}, _seal)`;
}

const withoutValues = (sample: Row): CellSample => ({ entity: String(sample['entity']) });
const withValues = (sample: Row): CellSample => ({
  entity: String(sample['entity']),
  before: sample['before'] as string | null,
  after: sample['after'] as string | null,
});
