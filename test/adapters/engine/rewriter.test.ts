/** Rewriting: the same rows in fewer files, or none at all. */
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type RewriteJob, createRewriter } from '../../../src/adapters/engine/rewriter.ts';
import { literal, withSession } from '../../../src/adapters/engine/duckdb/session.ts';
import { InvariantViolation } from '../../../src/domain/errors.ts';
import { folder, parquet, query } from './support.ts';

const LIMITS = { memoryMb: 512, threads: 2 };
const rewriter = createRewriter(LIMITS);

/** A job over files that hold these queries' rows. */
async function job(selects: readonly string[], more: Partial<RewriteJob> = {}): Promise<RewriteJob> {
  const root = await folder();
  const paths = selects.map((_, i) => join(root, `in-${i}.parquet`));
  await withSession(LIMITS, root, async (session) => {
    for (const [i, select] of selects.entries())
      await session.run(`COPY (${select}) TO ${literal(paths[i]!)} (FORMAT parquet, COMPRESSION zstd)`);
  });
  const outFolder = join(root, 'out');
  mkdirSync(outFolder);
  return { what: 'a test', paths, order: ['key', 'id'], countedBy: 'seal', outFolder, ...more };
}

/** Rows of every type that tables have, keys from `from` on, ten rows each. */
const rows = (from: number, keys: number, seal: string): string => `
  SELECT printf('%04d', ${from} + n // 10) AS key, md5(n::VARCHAR || ${literal(seal)}) AS id, ${literal(seal)} AS seal, n::INTEGER AS line, n::BIGINT * 3000000000 AS big,
    n % 2 = 0 AS odd, CASE WHEN n % 3 = 0 THEN make_timestamptz(n * 1000001) END AS at, DATE '2021-08-02' + n::INTEGER AS day,
    ['a', n::VARCHAR] AS words, [{'field': 'f', 'code': NULL::VARCHAR}] AS issues
  FROM range(${10 * keys}) t(n)`;

describe('a rewrite', () => {
  test('gives one file with every row and type, in order; the same rows in other files give the same bytes', async () => {
    const one = await job([rows(0, 9, 's1'), rows(3, 5, 's2'), rows(1, 1, 's3')]);
    const [file, ...more] = await rewriter.rewrite(one);
    expect(more).toEqual([]);
    expect(file).toMatchObject({ rows: 150, first: '0000', last: '0008' });
    const sorted = `SELECT * FROM ${parquet(one.paths)} ORDER BY key, id`;
    const unequal = await query(
      `SELECT count(*)::INTEGER AS n FROM (${sorted}) a POSITIONAL JOIN ${parquet(file!.path)} b WHERE a IS DISTINCT FROM b`,
    );
    expect(unequal).toEqual([{ n: 0 }]);
    const other = await job([`${rows(3, 5, 's2')} UNION ALL ${rows(1, 1, 's3')} UNION ALL ${rows(0, 9, 's1')}`]);
    const [again] = await rewriter.rewrite(other);
    expect((await readFile(again!.path)).equals(await readFile(file!.path))).toBe(true);
  });

  test('splits where a key ends, so that no key is in two files', async () => {
    const files = await rewriter.rewrite(await job([rows(0, 6, 's1'), rows(2, 6, 's2')], { rowsPerFile: 40 }));
    expect(files.map(({ first, last, rows: n }) => [first, last, n])).toEqual([
      ['0000', '0002', 40],
      ['0003', '0004', 40],
      ['0005', '0007', 40],
    ]);
  });

  test('gives a column that only some files have, null in the rows of the others', async () => {
    const [file] = await rewriter.rewrite(
      await job([`SELECT 'a' AS key, 1 AS id, 's' AS seal`, `SELECT 'b' AS key, 2 AS id, 's' AS seal, 'x' AS added`]),
    );
    expect(await query(`SELECT key, added FROM ${parquet(file!.path)}`)).toEqual([
      { key: 'a', added: null },
      { key: 'b', added: 'x' },
    ]);
  });

  test('leaves out the rows of some seals, and keeps every other', async () => {
    const all = [rows(0, 6, 's1'), rows(2, 6, 's2'), rows(4, 2, 's3')].map(
      (select) => `SELECT *, seal AS _seal FROM (${select})`,
    );
    const one = await job(all, { without: ['s2', 's3'], rowsPerFile: 40 });
    const files = await rewriter.rewrite(one);
    const kept = `SELECT * FROM ${parquet(one.paths)} WHERE seal = 's1' ORDER BY key, id`;
    const written = parquet(files.map(({ path }) => path));
    const unequal = await query(
      `SELECT count(*)::INTEGER AS n FROM (${kept}) a POSITIONAL JOIN ${written} b WHERE a IS DISTINCT FROM b`,
    );
    expect(unequal).toEqual([{ n: 0 }]);
    expect(files.reduce((sum, file) => sum + file.rows, 0)).toBe(60);
    const [again] = await rewriter.rewrite(await job([...all].reverse(), { without: ['s3', 's2'], rowsPerFile: 40 }));
    expect((await readFile(again!.path)).equals(await readFile(files[0]!.path))).toBe(true);
  });

  test('that would lose a row is refused, and says whose', async () => {
    // A null key lies in no range of keys.
    const lossy = await job([rows(0, 2, 's1'), `SELECT * REPLACE (NULL::VARCHAR AS key) FROM (${rows(0, 1, 's2')})`]);
    await expect(rewriter.rewrite(lossy)).rejects.toThrow(InvariantViolation);
    await expect(rewriter.rewrite(lossy)).rejects.toThrow(
      /the rows of s2 changed on the way \(10 before, null after\)/,
    );
  });
});
