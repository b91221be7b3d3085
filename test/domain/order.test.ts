/** What decides which state of an entity is current: versions as text, and the guard of documents. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type DocumentState, NO_FLOOR, isAtOrPast, supersedes } from '../../src/domain/documents.ts';
import { InvariantViolation } from '../../src/domain/errors.ts';
import { encodeVersion } from '../../src/domain/version.ts';
import { anySha256 } from './arbitrary.ts';

describe('versions', () => {
  const anyNumber = fc.oneof(fc.nat(3), fc.maxSafeNat());
  const tuple = fc.tuple(fc.array(anyNumber, { minLength: 3, maxLength: 3 }), fc.oneof(fc.constant('00'), anySha256));

  test('compare as texts as their tuples compare', () => {
    const compare = (a: readonly (number | string)[], b: readonly (number | string)[]): number => {
      const at = a.findIndex((value, i) => value !== b[i]);
      return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1;
    };
    fc.assert(
      fc.property(tuple, tuple, ([numbersA, hashA], [numbersB, hashB]) => {
        const [a, b] = [encodeVersion(numbersA, hashA), encodeVersion(numbersB, hashB)];
        const bytes = Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(bytes).toBe(compare([...numbersA, hashA], [...numbersB, hashB]));
        expect(a < b).toBe(bytes < 0);
      }),
      { numRuns: 500 },
    );
  });

  test.each([-1, 0.5, NaN, 2 ** 53])('%d is no part of a version', (n) => {
    expect(() => encodeVersion([n], 'x')).toThrow(InvariantViolation);
  });
});

describe('a row supersedes a document', () => {
  const anyState: fc.Arbitrary<DocumentState> = fc.record({
    floor: fc.constant(NO_FLOOR),
    version: fc.constantFrom('a', 'b', 'c'),
    commit: fc.nat(3),
  });

  test('by a strict total order of (version, ledger version)', () => {
    fc.assert(
      fc.property(anyState, anyState, anyState, (a, b, c) => {
        expect(supersedes(a, a)).toBe(false);
        const equal = a.version === b.version && a.commit === b.commit;
        expect([supersedes(a, b), supersedes(b, a)].filter(Boolean)).toHaveLength(equal ? 0 : 1);
        if (supersedes(a, b) && supersedes(b, c)) expect(supersedes(a, c)).toBe(true);
        expect(isAtOrPast(b, a)).toBe(!supersedes(a, b));
      }),
      { numRuns: 500 },
    );
  });

  test('only above the floor', () => {
    fc.assert(
      fc.property(anyState, anyState, fc.integer({ min: -1, max: 4 }), (row, state, floor) => {
        const guarded = supersedes(row, { ...state, floor });
        expect(guarded).toBe(row.commit > floor && supersedes(row, state));
      }),
    );
  });

  test('whatever the order in which rows come, the highest stays', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyState, fc.nat()), { minLength: 1, maxLength: 12 }), (rows) => {
        const last = (order: readonly (readonly [DocumentState, number])[]) =>
          order.map(([row]) => row).reduce((state, row) => (supersedes(row, state) ? row : state));
        const shuffled = [...rows].sort(([, a], [, b]) => a - b);
        expect(last(shuffled)).toEqual(last(rows));
      }),
    );
  });
});
