import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type FileToCompact, TARGET_BYTES, planCompaction } from '../../../src/domain/upkeep/compaction.ts';

const DAYS = ['2026-11-20', '2026-11-21', '2026-11-22'] as const;
const MB = 1_048_576;

const file = (path: string, eventDate: string, bytes: number, isProved = true): FileToCompact => ({
  path,
  eventDate,
  bytes,
  isProved,
});
const anyFiles: fc.Arbitrary<readonly FileToCompact[]> = fc
  .array(fc.tuple(fc.constantFrom(...DAYS), fc.integer({ min: 1, max: 200 * MB }), fc.boolean()), { maxLength: 60 })
  .map((list) => list.map(([day, bytes, isProved], i) => file(`f${i}`, day, bytes, isProved)));

describe('a plan of compaction', () => {
  test('takes small, proved files of one day, each once, and no more than one file should hold', () => {
    fc.assert(
      fc.property(anyFiles, fc.constantFrom('current', 'closed', 'all'), (files, scope) => {
        const groups = planCompaction(files, scope);
        const taken = groups.flat();
        expect(new Set(taken).size).toBe(taken.length);
        for (const group of groups) {
          expect(new Set(group.map(({ eventDate }) => eventDate)).size).toBe(1);
          expect(group.length).toBeGreaterThan(1);
          expect(group.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(TARGET_BYTES);
          for (const { bytes, isProved } of group) expect(isProved && bytes < TARGET_BYTES / 2).toBe(true);
        }
        const newest = files
          .map(({ eventDate }) => eventDate)
          .sort()
          .at(-1);
        if (scope !== 'all') for (const { eventDate } of taken) expect(eventDate === newest).toBe(scope === 'current');
      }),
    );
  });

  test('of closed days, done again and again, comes to an end with at most one small file a day', () => {
    fc.assert(
      fc.property(anyFiles, (files) => {
        let live = files.map((each) => ({ ...each, isProved: true }));
        const newest = live
          .map(({ eventDate }) => eventDate)
          .sort()
          .at(-1);
        for (let round = 0; ; round += 1) {
          expect(round).toBeLessThan(files.length + 1);
          const [group] = planCompaction(live, 'closed');
          if (group === undefined) break;
          const bytes = group.reduce((sum, each) => sum + each.bytes, 0);
          const made = file(`made${round}`, group[0]!.eventDate, bytes);
          live = [...live.filter((each) => !group.some(({ path }) => path === each.path)), made];
        }
        for (const day of DAYS.filter((each) => each !== newest)) {
          const ofDay = live.filter(({ eventDate, bytes }) => eventDate === day && bytes < TARGET_BYTES / 2);
          expect(ofDay.length).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('of the current day rewrites a row once per doubling, and leaves few files', () => {
    const depth = new Map<string, number>();
    let live: FileToCompact[] = [];
    for (let n = 0; n < 3_000; n += 1) {
      live.push(file(`f${n}`, DAYS[2], 10_000));
      depth.set(`f${n}`, 0);
      if (n % 20 !== 19) continue;
      for (const group of planCompaction(live, 'current')) {
        const path = `made${n}`;
        depth.set(path, 1 + Math.max(...group.map((each) => depth.get(each.path)!)));
        const bytes = group.reduce((sum, each) => sum + each.bytes, 0);
        live = [...live.filter((each) => !group.includes(each)), file(path, DAYS[2], bytes)];
      }
      expect(live.length).toBeLessThan(20);
    }
    expect(Math.max(...depth.values())).toBeLessThanOrEqual(Math.ceil(Math.log2(3_000)));
  });
});
