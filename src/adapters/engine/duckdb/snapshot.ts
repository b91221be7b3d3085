/** A copy of views at one moment, kept in a local database so that many questions are answered fast. It may be lost at any time. */
import { rm } from 'node:fs/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { View } from '../reader.ts';
import { type Answer, type Limits, askOf, identifier } from './session.ts';

export interface Snapshot {
  /** Answers one statement that only reads, by at most `most` rows; several at once. Throws PermanentError for any other, or a wrong one. */
  ask(sql: string, most: number): Promise<Answer>;
  /** Closes it and removes its file once no question is open. */
  close(): Promise<void>;
}

/**
 * Copies views, in their order, into a database at `path` and opens it. Views for which `isKept` is false are there while the others are made,
 * and gone then: their files are not needed any more.
 */
export async function takeSnapshot(
  limits: Limits & { readonly path: string; readonly scratch: string },
  views: readonly View[],
  isKept: (name: string) => boolean,
): Promise<Snapshot> {
  const { path, scratch } = limits;
  await removeFiles(path);
  const instance = await DuckDBInstance.create(path, {
    memory_limit: `${limits.memoryMb}MB`,
    threads: String(limits.threads),
    temp_directory: scratch,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const open = new Set<Promise<unknown>>();
  const close = async (): Promise<void> => {
    await Promise.allSettled([...open]);
    instance.closeSync();
    await removeFiles(path);
  };
  try {
    const connection = await instance.connect();
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    await copyViews(connection, views, isKept);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    connection.closeSync();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ask: (sql, most) => {
      const answer = withConnection(instance, (connection) => askOf(connection, sql, most));
      open.add(answer);
      const done = (): void => void open.delete(answer);
      answer.then(done, done);
      return answer;
    },
    close,
  };
}

async function copyViews(
  connection: DuckDBConnection,
  views: readonly View[],
  isKept: (name: string) => boolean,
): Promise<void> {
  for (const { name, sql } of views)
    await connection.run(
      isKept(name) ? `CREATE TABLE ${identifier(name)} AS ${sql}` : `CREATE TEMP VIEW ${identifier(name)} AS ${sql}`,
    );
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
