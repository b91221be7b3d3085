/** A copy of the lake in a local database, so that many questions are answered fast, also while it is brought forward. It may be lost at any time. */
import { rm } from 'node:fs/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type Answer, type Limits, type Session, askOf, identifier, literal, sessionOf } from './session.ts';

export interface Snapshot {
  /**
   * Answers one statement that only reads, by at most `most` rows; several at once. `mark` is what the change said whose rows it saw.
   * Throws PermanentError for any other statement, or a wrong one.
   */
  ask(sql: string, most: number): Promise<Answer & { readonly mark: string }>;
  /** Changes it: whoever asks sees all of `work`, with the mark that it answers, or nothing of it. One at a time; throws what `work` throws. */
  change(work: (session: Session) => Promise<string>): Promise<string>;
  /** Closes it and removes its file once no question is open. */
  close(): Promise<void>;
}

/** Opens an empty one at `path`. It reads files below `readable`, spills to `scratch`, and reaches nothing else. */
export async function openSnapshot(
  limits: Limits & { readonly path: string; readonly readable: string; readonly scratch: string },
): Promise<Snapshot> {
  const { path, readable, scratch } = limits;
  await removeFiles(path);
  const instance = await DuckDBInstance.create(path, {
    memory_limit: `${limits.memoryMb}MB`,
    threads: String(limits.threads),
    temp_directory: scratch,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const open = new Set<Promise<unknown>>();
  const tracked = <T>(answer: Promise<T>): Promise<T> => {
    open.add(answer);
    const done = (): void => void open.delete(answer);
    answer.then(done, done);
    return answer;
  };
  const close = async (): Promise<void> => {
    await Promise.allSettled([...open]);
    instance.closeSync();
    await removeFiles(path);
  };
  try {
    await withConnection(instance, async (connection) => {
      await connection.run("SET GLOBAL TimeZone = 'UTC'");
      await connection.run(`SET allowed_directories = [${literal(`${readable}/`)}]`);
      await connection.run('SET enable_external_access = false');
      await connection.run('SET lock_configuration = true');
      await connection.run(`CREATE TABLE ${MARK} AS SELECT '' AS mark`);
    });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ask: (sql, most) => tracked(withConnection(instance, (connection) => marked(connection, sql, most))),
    change: (work) => tracked(withConnection(instance, (connection) => changed(connection, work))),
    close,
  };
}

const MARK = identifier('_mark');

/** Both reads are of one transaction, so the mark is that of the rows. */
async function marked(
  connection: DuckDBConnection,
  sql: string,
  most: number,
): Promise<Answer & { readonly mark: string }> {
  await connection.run('BEGIN TRANSACTION');
  const { rows } = await askOf(connection, `SELECT mark FROM ${MARK}`, 1);
  return { ...(await askOf(connection, sql, most)), mark: String(rows[0]?.[0]) };
}

/** A transaction that does not reach its end is rolled back with its connection. */
async function changed(connection: DuckDBConnection, work: (session: Session) => Promise<string>): Promise<string> {
  await connection.run('BEGIN TRANSACTION');
  const mark = await work(sessionOf(connection));
  await connection.run(`UPDATE ${MARK} SET mark = ${literal(mark)}`);
  await connection.run('COMMIT');
  return mark;
}

async function withConnection<T>(
  instance: DuckDBInstance,
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const connection = await instance.connect();
  try {
    return await use(connection);
  } finally {
    connection.closeSync();
  }
}

const removeFiles = async (path: string): Promise<void> => {
  for (const file of [path, `${path}.wal`]) await rm(file, { force: true });
};
