import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvariantViolation } from '../../../src/domain/errors.ts';
import {
  FANOUT,
  FULL_ROWS,
  type RangedFile,
  claimFile,
  planMerge,
  rowsPerPart,
} from '../../../src/domain/plans/merge.ts';

const anyFiles: fc.Arbitrary<readonly RangedFile[]> = fc
  .array(
    fc.tuple(fc.integer({ min: 1, max: 1_200_000 }), fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 9 })),
  )
  .map((list) =>
    list.map(([rows, from, more], i) => ({ path: `f${i}`, rows, min: `${100 + from}`, max: `${100 + from + more}` })),
  );

/** What a merge makes of a group: parts of one size. */
function mergeOf(group: readonly RangedFile[], name: string, fullRows: number): readonly RangedFile[] {
  const rows = group.reduce((sum, file) => sum + file.rows, 0);
  const size = rowsPerPart(rows, fullRows);
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => ({
    path: `${name}-${i}`,
    rows: Math.min(size, rows - i * size),
    min: group[0]!.min,
    max: group.at(-1)!.max,
  }));
}

describe.each(Object.entries(FULL_ROWS))('a plan of merges of the files of a %s', (_of, full) => {
  test('takes files that are not large, neighbours by their ranges, enough of them to be worth it', () => {
    fc.assert(
      fc.property(anyFiles, (files) => {
        const group = planMerge(files, full);
        if (group === undefined) return;
        expect(new Set(group).size).toBe(group.length);
        expect(group.length).toBeGreaterThanOrEqual(FANOUT);
        expect(group.map(({ min }) => min)).toEqual(group.map(({ min }) => min).sort());
        const sizes = group.map(({ rows }) => rows);
        expect(Math.max(...sizes)).toBeLessThan(full / 2);
        expect(Math.max(...sizes)).toBeLessThan(FANOUT * Math.min(...sizes));
        const parts = mergeOf(group, 'm', full).map(({ rows }) => rows);
        expect(Math.max(...parts)).toBeLessThanOrEqual(full);
        expect(parts.length === 1 || Math.min(...parts) >= full / 2 - parts.length).toBe(true);
      }),
    );
  });

  test('keeps few files of many commits, and rewrites a row as often as its size class rises', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 500, maxLength: 2_000 }), (commits) => {
        let live: (RangedFile & { depth: number })[] = [];
        for (const [n, rows] of commits.entries()) {
          live.push({ path: `f${n}`, rows, min: `${n}`, max: `${n}`, depth: 0 });
          if (n % 50 !== 0) continue;
          for (let round = 0; ; round += 1) {
            expect(round).toBeLessThan(commits.length);
            const group = planMerge(live, full) as typeof live | undefined;
            if (group === undefined) break;
            const depth = 1 + Math.max(...group.map((file) => file.depth));
            live = [
              ...live.filter((file) => !group.includes(file)),
              ...mergeOf(group, `m${n}-${round}`, full).map((file) => ({ ...file, depth })),
            ];
          }
          const classes = Math.ceil(Math.log(full) / Math.log(FANOUT));
          const total = commits.slice(0, n + 1).reduce((sum, each) => sum + each, 0);
          expect(live.reduce((sum, file) => sum + file.rows, 0)).toBe(total);
          expect(live.length).toBeLessThan(FANOUT * classes + total / (full / 2));
          expect(Math.max(...live.map(({ depth }) => depth))).toBeLessThanOrEqual(classes);
        }
      }),
      { numRuns: 10 },
    );
  });

  test('leaves what is large enough, however much of it there is', () => {
    const large = Array.from({ length: 3 * FANOUT }, (_, i) => ({ path: `f${i}`, rows: full / 2, min: 'a', max: 'b' }));
    expect(planMerge(large, full)).toBeUndefined();
    expect(planMerge(large.slice(0, FANOUT - 1), 10 * full)).toBeUndefined();
  });
});

describe('a file of the ledger', () => {
  const of = (numRecords: number | undefined) => {
    const ranges = { minValues: { claim_key: '04' }, maxValues: { claim_key: '20210803' } };
    return claimFile({ path: 'a.parquet', stats: JSON.stringify({ numRecords, ...ranges }) });
  };

  test('tells its rows and claim keys in the statistics of its entry', () => {
    expect(of(3)).toEqual({ path: 'a.parquet', rows: 3, min: '04', max: '20210803' });
  });

  test('that does not count its rows is refused, by its name', () => {
    expect(() => of(undefined)).toThrow(InvariantViolation);
    expect(() => of(1.5)).toThrow('a.parquet');
  });
});
