/** Questions that would do more than ask, by functions that DuckDB lets a SELECT call: refused or without effect. No server. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createParquetReader } from '../../../src/adapters/engine/reader.ts';
import { PermanentError } from '../../../src/domain/errors.ts';

const reader = createParquetReader({ memoryMb: 256, threads: 1 }, 30_000);
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chatlake-questions-'));
  mkdirSync(join(dir, 'scratch'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** The answer, or the sentence that refuses; anything else is thrown. */
async function asked(sql: string): Promise<readonly (readonly unknown[])[] | string> {
  try {
    return (await reader.ask([], sql, 10, join(dir, 'scratch'))).rows;
  } catch (error) {
    if (error instanceof PermanentError) return error.message;
    throw error;
  }
}
const written = (): readonly string[] => readdirSync(dir, { recursive: true }).map(String);

test.each<[string, (out: string) => string]>([
  ['a log', (out) => `FROM enable_logging(level = 'trace', storage = 'file', storage_path = '${out}')`],
  [
    'a log with words of one’s own',
    (out) =>
      `SELECT write_log('x', level := 'ERROR') FROM enable_logging(level = 'trace', storage = 'file', storage_path = '${out}'), range(100000)`,
  ],
  ['a profile', (out) => `FROM enable_profiling(format = 'json', save_location = '${out}.json'), range(1000)`],
  ['a profile as text', (out) => `FROM enable_profiling(format = 'query_tree', save_location = '${out}.txt')`],
  ['a copy inside a question', (out) => `SELECT * FROM query('COPY (SELECT 1) TO ''${out}''')`],
  ['a copy in brackets', (out) => `(COPY (SELECT 1) TO '${out}')`],
  ['a change behind WITH', () => 'WITH x AS (SELECT 1 AS i) INSERT INTO y SELECT * FROM x'],
  ['a copy of a database', (out) => `FROM copy_database('memory', '${out}')`],
])('%s is not written', async (_, sql) => {
  await asked(sql(join(dir, 'out')));
  expect(written()).toEqual(['scratch']);
  // What one question switched on, the next does not find.
  await asked('SELECT count(*) FROM range(1000)');
  expect(await asked('SELECT count(*) FROM duckdb_logs')).toEqual([[0]]);
  expect(written()).toEqual(['scratch']);
});

test.each(['sniff_csv', 'parquet_metadata', 'read_blob', 'read_text', 'read_ndjson', 'read_duckdb', 'glob'])(
  '%s reads no file of the machine',
  async (read) => expect(await asked(`SELECT * FROM ${read}('/etc/passwd')`)).toMatch(/Cannot access file/),
);

test.each(['duckdb_secrets()', "(SELECT getenv('HOME'))"])('%s tells nothing of the machine', async (from) =>
  expect(await asked(`SELECT * FROM ${from}`)).toMatch(/cannot answer this/),
);
