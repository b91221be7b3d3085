/** An in-memory DuckDB for each job, kept open between jobs: bounded memory, UTC, nothing loaded from the network. */
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, DuckDBTypeId, type Json, StatementType } from '@duckdb/node-api';
import { PermanentError, messageOf } from '../../../domain/errors.ts';
import type { ColumnType } from '../../../domain/sources/contract.ts';
import { identifier, list, literal, sqlType } from '../../../domain/sql.ts';
import { isQuestion } from './question.ts';

export { identifier, list, literal };

export interface Limits {
  readonly memoryMb: number;
  readonly threads: number;
}

export interface Session {
  /** Runs a statement for its effect. */
  run(sql: string): Promise<void>;
  /** Runs a query whose answer is small; 64-bit integers come as text. */
  rows(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Answers one statement that only reads, by at most about `most` rows. Throws PermanentError in one sentence for any other, or a wrong one. */
  ask(sql: string, most: number, ms?: number): Promise<Answer>;
}

/** A person's answer: cells in the order of the columns, as JSON writes them. */
export interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** True when there are more rows than were asked for. */
  readonly more: boolean;
}

/** How long a person's question may take. */
export const ASK_MS = 300_000;

const WIDE_INTEGERS: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
]);

/** DuckDB writes wide integers as texts; what JavaScript can hold exactly is a number, such as any count. */
const exact = (cell: Json): Json => (Number.isSafeInteger(Number(cell ?? NaN)) ? Number(cell) : cell);

/** Answers one statement that only reads, as Session.ask does, within `ms`. */
export async function askOf(connection: DuckDBConnection, sql: string, most: number, ms = ASK_MS): Promise<Answer> {
  const late = { is: false };
  const timer = setTimeout(() => {
    late.is = true;
    connection.interrupt();
  }, ms);
  try {
    if (!isQuestion(sql))
      throw new PermanentError('Only questions are answered here (SELECT …), nothing that sets, explains or writes.');
    const statements = await connection.extractStatements(sql);
    if (statements.count !== 1) throw new PermanentError(`Give one statement, not ${statements.count}.`);
    const prepared = await statements.prepare(0);
    if (prepared.statementType !== StatementType.SELECT)
      throw new PermanentError(
        `Only questions are answered here (SELECT …), not ${StatementType[prepared.statementType]}.`,
      );
    const reader = await prepared.streamAndReadUntil(most + 1);
    const isWide = reader.columnTypes().map(({ typeId }) => WIDE_INTEGERS.has(typeId));
    const rows = reader.getRowsJson().map((row) => row.map((cell, i) => (isWide[i] === true ? exact(cell) : cell)));
    return { columns: reader.columnNames(), rows: rows.slice(0, most), more: rows.length > most };
  } catch (error) {
    if (error instanceof PermanentError) throw error;
    if (late.is)
      throw new PermanentError(
        `The question took longer than ${ms / 1_000} s and was given up: ask for fewer days, or for less.`,
      );
    throw new PermanentError(`DuckDB cannot answer this: ${messageOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

interface Idle {
  /** Limits and place: one of another kind is no use. */
  readonly kind: string;
  readonly instance: DuckDBInstance;
}

/** Databases that nobody uses now, the last used last: opening one costs some twenty milliseconds of processor, and a small window asks ten times. */
const idle: Idle[] = [];
const IDLE_AT_MOST = 6;

function takeIdle(kind: string): DuckDBInstance | undefined {
  const at = idle.findLastIndex((one) => one.kind === kind);
  return at < 0 ? undefined : idle.splice(at, 1)[0]?.instance;
}

function keepIdle(one: Idle): void {
  idle.push(one);
  if (idle.length > IDLE_AT_MOST) idle.shift()?.instance.closeSync();
}

/**
 * Hands a session to `work`, alone in its database, and closes its connection whatever happens: what it made (tables and views must be
 * TEMP) goes with it. A database in which something failed is closed, too. Spills beside `scratch`.
 */
export async function withSession<T>(
  limits: Limits,
  scratch: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const kind = JSON.stringify([limits, dirname(scratch)]);
  const instance = takeIdle(kind) ?? (await open(limits, join(dirname(scratch), `spill-${randomUUID()}`)));
  let sound = false;
  try {
    const result = await connected(instance, work);
    sound = true;
    return result;
  } finally {
    if (sound) keepIdle({ kind, instance });
    else instance.closeSync();
  }
}

/** Up to this much is read by one thread: waking the others costs a small window a quarter of its processor time, and gains it nothing. */
const ONE_THREAD_BYTES = 16_777_216;

/** As withSession, for work that reads these files: with one thread when they are small. */
export async function withSessionOver<T>(
  paths: readonly string[],
  limits: Limits,
  scratch: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  // A file that is missing is DuckDB's to name.
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  const isSmall = sizes.reduce((sum, size) => sum + size, 0) <= ONE_THREAD_BYTES;
  return withSession(isSmall ? { ...limits, threads: 1 } : limits, scratch, work);
}

/** As withSession, in a database that is closed afterwards: for work that changes its settings. */
export async function withOwnSession<T>(
  limits: Limits,
  scratch: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const instance = await open(limits, scratch);
  try {
    return await connected(instance, work);
  } finally {
    instance.closeSync();
  }
}

async function open(limits: Limits, spill: string): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${limits.memoryMb}MB`,
    threads: String(limits.threads),
    temp_directory: spill,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  await connected(instance, (session) => session.run("SET GLOBAL TimeZone = 'UTC'"));
  return instance;
}

async function connected<T>(instance: DuckDBInstance, work: (session: Session) => Promise<T>): Promise<T> {
  const connection = await instance.connect();
  try {
    return await work(sessionOf(connection));
  } finally {
    connection.closeSync();
  }
}

/** A session on a connection that somebody else closes. */
export const sessionOf = (connection: DuckDBConnection): Session => ({
  run: async (sql) => {
    await connection.run(sql);
  },
  rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
  ask: (sql, most, ms) => askOf(connection, sql, most, ms),
});

/** Rows of a Parquet file, as its footer counts them. */
export async function countRows(session: Session, path: string): Promise<number> {
  const [row] = await session.rows(`SELECT num_rows::INTEGER AS n FROM parquet_file_metadata(${literal(path)})`);
  return Number(row?.['n']);
}

/** A column of a staged line: instants are milliseconds there, and days texts. */
interface StagedColumn {
  readonly name: string;
  readonly type: Exclude<ColumnType, 'timestamp' | 'date'>;
}

/** The `columns` argument of read_json for named, typed columns. */
export const jsonColumns = (columns: readonly StagedColumn[]): string =>
  `{${columns.map((column) => `${identifier(column.name)}: ${literal(sqlType(column.type))}`).join(', ')}}`;
