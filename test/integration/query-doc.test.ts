/** docs/query.md: its statements and programs, taken from the page as they stand, on the lake of a month in S3. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openMemoryLake } from '../support/memory-lake.ts';
import { monthQuestions, receiveMonth } from '../support/month.ts';
import { ANALYSIS, READERS, SPARK, pinned, pythonWith } from '../support/python-readers.ts';
import { snippet } from '../support/query-doc.ts';
import { stack } from '../support/stack.ts';
import { openS3Part } from '../support/stores.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatlake-query-doc-'));
const { endpoint, region, bucket, accessKeyId, secretAccessKey } = stack().s3;
let answers: {
  readonly deltalake: string;
  readonly polars: string;
  readonly duckdb: { readonly answer: unknown; readonly files: Readonly<Record<string, unknown>> };
};

beforeAll(async () => {
  const run = await pythonWith(READERS, ANALYSIS);
  const part = openS3Part();
  const lake = openMemoryLake(undefined, part.store);
  const own = `${bucket}/${part.prefix.replace(/\/$/, '')}`;
  try {
    await receiveMonth(await lake.process());
    // What npm start writes, for this lake.
    mkdirSync(join(dir, '.chatlake'));
    writeFileSync(
      join(dir, '.chatlake/stack.json'),
      JSON.stringify({ s3: { endpoint, region, bucket: own, accessKeyId, secretAccessKey } }),
    );
    answers = (await run('test/integration/run_snippets.py', {
      folder: dir,
      programs: { deltalake: snippet('python deltalake'), polars: snippet('python polars') },
      duckdb: snippet('sql duckdb', {
        "'your-key-id'": `'${accessKeyId}'`,
        "'your-secret'": `'${secretAccessKey}'`,
        "'us-east-1'": `'${region}'`,
        "'127.0.0.1:8333'": `'${new URL(endpoint).host}'`,
        's3://chatlake/': `s3://${own}/`,
      }),
      files: { desk_per_day: resolve('queries/desk_per_day.sql') },
    })) as typeof answers;
  } finally {
    lake.close();
    await part.close();
  }
});
afterAll(() => rmSync(dir, { recursive: true }));

const channels = (): readonly (readonly [string, number])[] => {
  const sums = new Map<string, number>();
  for (const [, channel, n] of monthQuestions['desk_per_day']!)
    sums.set(String(channel), (sums.get(String(channel)) ?? 0) + Number(n));
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
};

test('DuckDB’s statements give the channels of the month, and queries/*.sql runs over their views', () => {
  expect(answers.duckdb.answer).toEqual(channels());
  expect(answers.duckdb.files['desk_per_day']).toEqual(monthQuestions['desk_per_day']);
});

test.each(['deltalake', 'polars'] as const)('the program for %s prints the channels of the month', (name) => {
  expect(answers[name]).toBe(
    `[${channels()
      .map(([channel, n]) => `('${channel}', ${n})`)
      .join(', ')}]\n`,
  );
});

test('the page names the versions that are run here', () => {
  const page = readFileSync('docs/query.md', 'utf8');
  expect(page).toContain(`DuckDB ${pinned(READERS, 'duckdb')} with`);
  expect(page).toContain(`delta-rs ${pinned(READERS, 'deltalake')} (`);
  expect(page).toContain(`Polars ${pinned(ANALYSIS, 'polars')} `);
  expect(page).toContain(`Spark ${pinned(SPARK, 'pyspark')} with Delta ${pinned(SPARK, 'delta-spark')},`);
});
