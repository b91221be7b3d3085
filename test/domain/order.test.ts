/** What decides which state of an entity is current: versions as text. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvariantViolation } from '../../src/domain/errors.ts';
import { encodeVersion } from '../../src/domain/formats/version.ts';
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

  test('of an entity that is its own identity are told apart without repeating its hash', () => {
    expect(encodeVersion([7])).toBe('0000000000000007');
    fc.assert(
      fc.property(anyNumber, anyNumber, (a, b) => {
        expect(encodeVersion([a]) < encodeVersion([b])).toBe(a < b);
      }),
    );
  });
});
