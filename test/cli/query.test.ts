/** query, on a small lake: what it sees, and what it may not do. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { addExplain } from '../../src/cli/explain.ts';
import { printGrid } from '../../src/cli/grid.ts';
import { addQuery, query } from '../../src/cli/query.ts';
import { createParquetReader } from '../../src/adapters/engine/reader.ts';
import { addVerify } from '../../src/cli/verify.ts';
import { PermanentError } from '../../src/domain/errors.ts';
import type { Readers } from '../../src/wiring/ports.ts';
import { type SmallLake, fillSmallLake, openSmallLake } from '../support/small-lake.ts';

let lake: SmallLake;
let ports: Readers;
let close: () => Promise<void>;
const said: string[] = [];

beforeAll(async () => {
  lake = await openSmallLake();
  await fillSmallLake(lake);
  ({ ports, close } = await lake.readers());
});
afterAll(async () => {
  await close();
  await lake.close();
});

const ask = (sql: string, days = {}) => query(ports, { sql, ...days }, (text) => void said.push(text));

test('live rows, current rows and verdicts; days prune files', async () => {
  const { rows } = await ask('SELECT event_date::VARCHAR, count(*) FROM desk_interactions GROUP BY ALL ORDER BY ALL');
  expect(rows.reduce((sum, [, n]) => sum + Number(n), 0)).toBe(5);
  expect((await ask('SELECT count(*) FROM telegram_messages_current')).rows).toEqual([[2]]);
  const [first] = rows;
  said.length = 0;
  expect((await ask('SELECT count(*) FROM desk_interactions', { from: first![0], to: first![0] })).rows).toEqual([
    [first![1]],
  ]);
  expect(said.join()).not.toMatch(/telegram|ledger/);
  expect((await ask('SELECT count(*) FROM desk_interactions_current', { from: '2030-01-01' })).rows).toEqual([[0]]);
  expect((await ask('SELECT verdict, count(*) FROM ledger_desk GROUP BY ALL ORDER BY ALL')).rows).toEqual([
    ['duplicate', 2],
    ['enriched', 5],
    ['quarantined', 1],
  ]);
  expect((await ask('SELECT DISTINCT source FROM ledger ORDER BY ALL')).rows).toEqual([['desk'], ['telegram']]);
});

test.each<[string, RegExp]>([
  ["SELECT * FROM read_text('/etc/hostname')", /Cannot access file/],
  ["SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')", /Cannot access file/],
  ["SELECT * FROM '/etc/passwd'", /Cannot access|cannot answer this/],
  ["SELECT * FROM glob('/etc/*')", /Cannot access file/],
  ["SELECT getenv('HOME')", /cannot answer this: .*getenv/],
  ["COPY (SELECT 1) TO '/tmp/x.csv'", /Only questions are answered/],
  ['SET threads = 9', /Only questions are answered/],
  ['CREATE TABLE t (a INT)', /Only questions are answered/],
  ["EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/x.csv'", /Only questions are answered/],
  ['EXPLAIN ANALYZE SELECT 1', /Only questions are answered/],
  ['/* a question */ -- surely\n EXPLAIN SELECT 1', /Only questions are answered/],
  ['PRAGMA database_size', /Only questions are answered/],
  ['/* /* */ SELECT */ PRAGMA show_tables', /Only questions are answered|one statement|syntax/],
  ['CALL pragma_version()', /Only questions are answered/],
  ["ATTACH '/tmp/x.db'", /Only questions are answered/],
  ['INSTALL httpfs', /Only questions are answered/],
  ['SELECT 1; SELECT 2', /one statement, not 2/],
  ['SELECT nothing FROM desk_interactions', /cannot answer this: .*nothing/],
  ['SELECT 1 +', /syntax error/],
  ['SELEC 1', /Only questions are answered/],
])('%s is refused in one sentence', async (sql, sentence) => {
  const failed = ask(sql);
  await expect(failed).rejects.toThrow(sentence);
  await expect(failed).rejects.toThrow(PermanentError);
  await expect(failed).rejects.not.toThrow(/\n/);
});

test('a question that takes too long is given up, and the next one is answered', async () => {
  const reader = createParquetReader({ memoryMb: 256, threads: 1 }, 300);
  await ports.cache.withScratch(async (scratch) => {
    const endless = 'SELECT count(*) FROM range(100000000000) a, range(100000000000) b WHERE a.range % 7 = b.range % 3';
    await expect(reader.ask([], endless, 10, scratch)).rejects.toThrow(/took longer than 0.3 s and was given up/);
    expect((await reader.ask([], 'SELECT 1', 10, scratch)).rows).toEqual([[1]]);
    const large = 'SELECT list(repeat(range::VARCHAR, 1000)) FROM range(2000000)';
    await expect(reader.ask([], large, 10, scratch)).rejects.toThrow(/given up|[Mm]emory/);
  });
});

test('a cell that a spreadsheet would run is text; a number is a number', () => {
  const rows = ['=1+1', '+1+1', '-1+1', '@SUM(A1)', '\tx', '\rx', '-1001234', -5].map((cell) => [cell]);
  expect(printGrid({ columns: ['a'], rows }, 'csv').split('\n')).toEqual([
    ...['a', "'=1+1", "'+1+1", "'-1+1", "'@SUM(A1)", "'\tx", '"\'\rx"', '-1001234', '-5'],
  ]);
});

test('the answer as text, CSV and JSON', () => {
  const grid = {
    columns: ['a', 'b'],
    rows: [
      ['x,"y"', 1],
      [null, ['z']],
    ],
  };
  expect(printGrid(grid, 'csv')).toBe('a,b\n"x,""y""",1\n,"[""z""]"');
  expect(JSON.parse(printGrid(grid, 'json'))).toEqual([
    { a: 'x,"y"', b: 1 },
    { a: null, b: ['z'] },
  ]);
  expect(printGrid(grid, 'table').split('\n')).toEqual([
    'a      b',
    '-----  -----',
    'x,"y"  1',
    '       ["z"]',
    '2 rows',
  ]);
});

test('times between are text, one row is one, and a width can be asked for', () => {
  const long = 'l'.repeat(80);
  const grid = { columns: ['t', 'l'], rows: [[{ months: 1, days: -2, micros: '3723500000' }, long]] };
  expect(printGrid(grid, 'csv')).toBe(`t,l\n1 month -2 days 01:02:03,${long}`);
  expect(printGrid(grid, 'table').split('\n').slice(2)).toEqual([
    `1 month -2 days 01:02:03  ${'l'.repeat(59)}…`,
    '1 row',
  ]);
  expect(printGrid(grid, 'table', Infinity)).toContain(long);
});

test.each([
  [['explian', 'x'], /Did you mean explain/],
  [['verify', '--form', '2026-01-01'], /Did you mean --from/],
  [['query', 'SELECT 1', '--formt', 'csv'], /Did you mean --format/],
])('%j is answered with a suggestion', async (args, suggestion) => {
  const errors: string[] = [];
  const program = new Command('chatlake')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeErr: (text) => void errors.push(text) });
  const needs = { config: () => lake.config, print: () => undefined, say: () => undefined };
  addExplain(program, needs);
  addVerify(program, needs);
  addQuery(program, needs);
  await expect(program.parseAsync(args, { from: 'user' })).rejects.toThrow();
  expect(errors.join('')).toMatch(suggestion);
});
