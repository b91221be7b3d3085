/** One in-memory DuckDB per job: bounded memory, UTC, nothing loaded from the network. */
import { type DuckDBConnection, DuckDBInstance, DuckDBTypeId, type Json, StatementType } from '@duckdb/node-api';
import { PermanentError, messageOf } from '../../../domain/errors.ts';
import { identifier, list, literal } from '../../../domain/sql.ts';

export { identifier, list, literal };

export interface Limits {
  readonly memoryMb: number;
  readonly threads: number;
}

export interface Session {
  /** Runs a statement for its effect. */
  run(sql: string): Promise<void>;
  /** Runs statements that do not depend on each other, some at the same time. */
  runAll(statements: readonly string[]): Promise<void>;
  /** Runs a statement with one text for $1: for what no statement text may hold. */
  bind(sql: string, text: string): Promise<void>;
  /** Runs a query whose answer is small; 64-bit integers come as text. */
  rows(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Answers one statement that only reads, by at most about `most` rows. Throws PermanentError in one sentence for any other, or a wrong one. */
  ask(sql: string, most: number): Promise<Answer>;
}

/** A person's answer: cells in the order of the columns, as JSON writes them. */
export interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** True when there are more rows than were asked for. */
  readonly more: boolean;
}

const READS: ReadonlySet<StatementType> = new Set([StatementType.SELECT, StatementType.EXPLAIN]);

const WIDE_INTEGERS: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
]);

/** DuckDB writes wide integers as texts; what JavaScript can hold exactly is a number, such as any count. */
const exact = (cell: Json): Json => (Number.isSafeInteger(Number(cell ?? NaN)) ? Number(cell) : cell);

async function ask(connection: DuckDBConnection, sql: string, most: number): Promise<Answer> {
  try {
    const statements = await connection.extractStatements(sql);
    if (statements.count !== 1) throw new PermanentError(`Give one statement, not ${statements.count}.`);
    const prepared = await statements.prepare(0);
    if (!READS.has(prepared.statementType))
      throw new PermanentError(
        `Only questions are answered here (SELECT …), not ${StatementType[prepared.statementType]}.`,
      );
    const reader = await prepared.streamAndReadUntil(most + 1);
    const isWide = reader.columnTypes().map(({ typeId }) => WIDE_INTEGERS.has(typeId));
    const rows = reader.getRowsJson().map((row) => row.map((cell, i) => (isWide[i] === true ? exact(cell) : cell)));
    return { columns: reader.columnNames(), rows: rows.slice(0, most), more: rows.length > most };
  } catch (error) {
    if (error instanceof PermanentError) throw error;
    throw new PermanentError(`DuckDB cannot answer this: ${messageOf(error)}`, { cause: error });
  }
}

/** Opens a session, hands it to `work`, and closes it whatever happens. Spills to `scratch`. */
export async function withSession<T>(
  limits: Limits,
  scratch: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${limits.memoryMb}MB`,
    threads: String(limits.threads),
    temp_directory: scratch,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const others: DuckDBConnection[] = [];
  const open = async (): Promise<DuckDBConnection> => {
    const other = await instance.connect();
    others.push(other);
    return other;
  };
  try {
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    return await work({
      run: async (sql) => {
        await connection.run(sql);
      },
      runAll: async (statements) => {
        const waiting = [...statements];
        const lane = async (own: DuckDBConnection): Promise<void> => {
          for (let sql = waiting.shift(); sql !== undefined; sql = waiting.shift()) await own.run(sql);
        };
        while (others.length + 1 < limits.threads) await open();
        const lanes = await Promise.allSettled([connection, ...others].map(lane));
        for (const outcome of lanes) if (outcome.status === 'rejected') throw outcome.reason;
      },
      bind: async (sql, text) => {
        await connection.run(sql, [text]);
      },
      rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
      ask: (sql, most) => ask(connection, sql, most),
    });
  } finally {
    for (const each of [connection, ...others]) each.closeSync();
    instance.closeSync();
  }
}

/** Rows of a Parquet file, as its footer counts them. */
export async function countRows(session: Session, path: string): Promise<number> {
  const [row] = await session.rows(`SELECT num_rows::INTEGER AS n FROM parquet_file_metadata(${literal(path)})`);
  return Number(row?.['n']);
}

const TYPES = {
  text: 'VARCHAR',
  int32: 'INTEGER',
  int64: 'BIGINT',
  bool: 'BOOLEAN',
  'text[]': 'VARCHAR[]',
  'issue[]': 'STRUCT(field VARCHAR, code VARCHAR, original VARCHAR)[]',
} as const;

/** The DuckDB type of a staged column. */
export const sqlType = (type: keyof typeof TYPES): string => TYPES[type];

/** The `columns` argument of read_json for named, typed columns. */
export const jsonColumns = (columns: readonly { readonly name: string; readonly type: keyof typeof TYPES }[]): string =>
  `{${columns.map((column) => `${identifier(column.name)}: ${literal(sqlType(column.type))}`).join(', ')}}`;
