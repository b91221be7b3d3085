import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type ClaimFile,
  FANOUT,
  FULL_ROWS,
  claimFile,
  planMerge,
  rowsPerPart,
} from '../../../src/domain/upkeep/merge.ts';

const anyFiles: fc.Arbitrary<readonly ClaimFile[]> = fc
  .array(
    fc.tuple(fc.integer({ min: 1, max: 600_000 }), fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 9 })),
  )
  .map((list) =>
    list.map(([rows, from, more], i) => ({ path: `f${i}`, rows, min: `${100 + from}`, max: `${100 + from + more}` })),
  );

/** What a merge makes of a group: parts of one size. */
function mergeOf(group: readonly ClaimFile[], name: string): readonly ClaimFile[] {
  const rows = group.reduce((sum, file) => sum + file.rows, 0);
  const size = rowsPerPart(rows);
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => ({
    path: `${name}-${i}`,
    rows: Math.min(size, rows - i * size),
    min: group[0]!.min,
    max: group.at(-1)!.max,
  }));
}

describe('a plan of merges', () => {
  test('takes files that are not large, neighbours by claim key, enough of them to be worth it', () => {
    fc.assert(
      fc.property(anyFiles, (files) => {
        const group = planMerge(files);
        if (group === undefined) return;
        expect(new Set(group).size).toBe(group.length);
        expect(group.length).toBeGreaterThanOrEqual(FANOUT);
        expect(group.map(({ min }) => min)).toEqual(group.map(({ min }) => min).sort());
        const sizes = group.map(({ rows }) => rows);
        expect(Math.max(...sizes)).toBeLessThan(FULL_ROWS / 2);
        expect(Math.max(...sizes)).toBeLessThan(FANOUT * Math.min(...sizes));
        const parts = mergeOf(group, 'm').map(({ rows }) => rows);
        expect(Math.max(...parts)).toBeLessThanOrEqual(FULL_ROWS);
        expect(parts.length === 1 || Math.min(...parts) >= FULL_ROWS / 2 - 1).toBe(true);
      }),
    );
  });

  test('keeps few files of many entries, and rewrites a row as often as its size class rises', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 500, maxLength: 2_000 }), (entries) => {
        let live: (ClaimFile & { depth: number })[] = [];
        for (const [n, rows] of entries.entries()) {
          live.push({ path: `f${n}`, rows, min: `${n}`, max: `${n}`, depth: 0 });
          if (n % 50 !== 0) continue;
          for (let round = 0; ; round += 1) {
            const group = planMerge(live) as typeof live | undefined;
            if (group === undefined) break;
            const depth = 1 + Math.max(...group.map((file) => file.depth));
            live = [
              ...live.filter((file) => !group.includes(file)),
              ...mergeOf(group, `m${n}-${round}`).map((file) => ({ ...file, depth })),
            ];
          }
          const classes = Math.ceil(Math.log(FULL_ROWS) / Math.log(FANOUT));
          const total = entries.slice(0, n + 1).reduce((sum, each) => sum + each, 0);
          expect(live.reduce((sum, file) => sum + file.rows, 0)).toBe(total);
          expect(live.length).toBeLessThan(FANOUT * classes + total / (FULL_ROWS / 2));
          expect(Math.max(...live.map(({ depth }) => depth))).toBeLessThanOrEqual(classes);
        }
      }),
      { numRuns: 10 },
    );
  });

  test('reads a file’s rows and claim keys from the statistics of its entry', () => {
    const stats = JSON.stringify({
      numRecords: 3,
      minValues: { claim_key: '04' },
      maxValues: { claim_key: '20210803' },
    });
    expect(claimFile({ path: 'a.parquet', stats })).toEqual({ path: 'a.parquet', rows: 3, min: '04', max: '20210803' });
  });
});
