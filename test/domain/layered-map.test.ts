/** A layered map is what a map would be that was copied at every step. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { changedMap } from '../../src/domain/layered-map.ts';

const anyChanges = fc.array(fc.tuple(fc.integer({ min: 0, max: 3_000 }), fc.option(fc.nat(), { nil: undefined })), {
  maxLength: 900,
});

test('after any changes it holds what a copied map holds, and each map before it still what it held', () => {
  fc.assert(
    fc.property(fc.array(anyChanges, { maxLength: 8 }), (steps) => {
      const copies: Map<number, number>[] = [new Map([[7, 7]])];
      const maps: ReadonlyMap<number, number>[] = [new Map([[7, 7]])];
      for (const changes of steps) {
        const copy = new Map(copies.at(-1));
        for (const [key, value] of new Map(changes))
          if (value === undefined) copy.delete(key);
          else copy.set(key, value);
        copies.push(copy);
        maps.push(changedMap(maps.at(-1)!, new Map(changes)));
      }
      const byKey = (map: ReadonlyMap<number, number>) => [...map].sort(([a], [b]) => a - b);
      maps.forEach((map, i) => {
        const copy = copies[i]!;
        expect(byKey(map)).toEqual(byKey(copy));
        expect(map.size).toBe(copy.size);
        expect(new Set(map.keys())).toEqual(new Set(copy.keys()));
        for (const key of [7, 0, 1, 3_000])
          expect([map.get(key), map.has(key)]).toEqual([copy.get(key), copy.has(key)]);
      });
    }),
    { numRuns: 30 },
  );
});
