/** A diff may be published only as it was compared. */
import { describe, expect, test } from '@jest/globals';
import { type Diff, checkExpected, decidedFiles, mayShow } from '../../../src/domain/formats/diff.ts';
import { PermanentError } from '../../../src/domain/errors.ts';
import type { Manifest } from '../../../src/domain/formats/ledger.ts';

const file = (path: string) => ({ path, rows: 1, bytes: 1 });
const tables = [
  { table: 't', rows: 2, files: [file('b'), file('a')] },
  { table: 's', rows: 0, files: [] },
];
const MANIFEST = { seals: ['g1', 'g2'], revision: 2, ledgerFile: { path: 'l' }, tables } as unknown as Manifest;
const DIFF = { seals: ['g1', 'g2'], revision: 2, ledgerFile: 'l', files: ['t/a', 't/b'] } as unknown as Diff;

describe('what was compared', () => {
  test('is told by seals, revision, ledger file and files', () => {
    expect(decidedFiles(MANIFEST)).toEqual(DIFF.files);
    expect(() => checkExpected(DIFF, MANIFEST, 'diffs/k')).not.toThrow();
  });

  test.each<[Partial<Diff>, string]>([
    [{ revision: 1 }, 'the window was judged again meanwhile'],
    [{ seals: ['g1'] }, 'the window has other generations now'],
    [{ seals: ['g1', 'g3'] }, 'the window has other generations now'],
    [{ ledgerFile: 'm' }, 'decide otherwise'],
    [{ files: ['t/a'] }, 'decide otherwise'],
    [{ files: ['t/a', 't/c'] }, 'decide otherwise'],
  ])('%j is stale, and it says so', (change, why) => {
    const check = () => checkExpected({ ...DIFF, ...change }, MANIFEST, 'diffs/k');
    expect(check).toThrow(PermanentError);
    expect(check).toThrow(why);
    expect(check).toThrow(/^The diff is stale: .* \(diffs\/k\); nothing was published, compare again/);
  });
});

test('values of personal, sensitive and unknown columns are not shown', () => {
  const column = (name: string, privacy: 'public' | 'personal' | 'sensitive') =>
    ({ name, privacy, type: 'text', doc: '' }) as const;
  const columns = [column('a', 'public'), column('b', 'personal'), column('c', 'sensitive')];
  expect(['a', 'b', 'c', 'd'].map((name) => mayShow(columns, name))).toEqual([true, false, false, false]);
});
