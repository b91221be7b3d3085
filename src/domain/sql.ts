/** Writing SQL: texts, names and lists as literals, and the queries that several readers share. */
import type { Column, ColumnType } from './sources/contract.ts';

/** Rows of a row group of a table's files: readers skip groups by the ranges of their columns. */
export const ROW_GROUP_ROWS = 100_000;

/** The columns by which the rows of a table lie in its files; together they tell every row apart, so the same rows give the same bytes. */
export const tableOrder = (columns: readonly Pick<Column, 'name'>[]): readonly [string, ...string[]] => [
  'event_date',
  columns.some(({ name }) => name === 'occurred_at') ? 'occurred_at' : 'received_at',
  'entity',
  'version',
];

const TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  int32: 'INTEGER',
  int64: 'BIGINT',
  bool: 'BOOLEAN',
  timestamp: 'TIMESTAMPTZ',
  date: 'DATE',
  'text[]': 'VARCHAR[]',
  'issue[]': 'STRUCT(field VARCHAR, code VARCHAR)[]',
};

/** The DuckDB type of a column. */
export const sqlType = (type: ColumnType): string => TYPES[type];

/** What a row of the ledger stands for. */
export const LEDGER_ENTITY = 'coalesce(entity, identity_hash)';

/** Of each entity the row of its highest version, of a relation of a table's rows. */
export const currentRows = (relation: string): string =>
  `SELECT * FROM ${relation} QUALIFY row_number() OVER (PARTITION BY entity ORDER BY version DESC) = 1`;

/**
 * The same of a relation of any size, which is read three times: only rows whose entity may have several are held in memory, which is few
 * of them. Two entities of one hash are compared like any others.
 */
export const currentRowsOfMany = (relation: string): string => {
  const several = `(SELECT hash(entity) FROM ${relation} GROUP BY ALL HAVING count(*) > 1)`;
  return `SELECT * FROM ${relation} WHERE hash(entity) NOT IN ${several}
    UNION ALL ${currentRows(`(SELECT * FROM ${relation} WHERE hash(entity) IN ${several})`)}`;
};

/** A text as an SQL literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A name as an SQL identifier. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Texts as an SQL list. */
export const list = (texts: readonly string[]): string => `[${texts.map(literal).join(', ')}]`;

/**
 * The rows of a view of ledger files that are verdicts today: of each line the highest revision. Nearly every seal has one revision,
 * so only the lines of the others are compared.
 */
export const currentVerdicts = (view: string): string => {
  const judgedAgain = `(SELECT seal FROM ${view} GROUP BY seal HAVING min(revision) <> max(revision))`;
  return `SELECT * FROM ${view} WHERE seal NOT IN ${judgedAgain}
    UNION ALL SELECT * FROM ${view} WHERE seal IN ${judgedAgain}
    QUALIFY row_number() OVER (PARTITION BY raw_key, line ORDER BY revision DESC) = 1`;
};
