/** Measures: two integers, one value, and no figure that points at a person. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DESK_MEASURES } from '../../../src/domain/kpi/desk.ts';
import { MIN_CELL, type Measure, measureResult } from '../../../src/domain/kpi/measure.ts';
import { printValue } from '../../../src/domain/kpi/print-report.ts';

const measure = (change: Partial<Measure> = {}): Measure => ({ ...DESK_MEASURES[0]!, id: 'm', ...change });
const SENSITIVE = measure({ sensitive: true });

describe('health data', () => {
  test('is hidden while one to four rows stand behind it, numerator included', () => {
    for (let rows = 1; rows < MIN_CELL; rows += 1) {
      for (let hits = 0; hits <= rows; hits += 1) {
        const result = measureResult(SENSITIVE, hits, rows);
        expect(result).toEqual({ id: 'm', numerator: null, denominator: rows, value: null, hidden: true });
        expect(printValue(SENSITIVE, result)).toBe('n < 5');
      }
    }
  });

  test('is shown from five rows on', () => {
    expect(MIN_CELL).toBe(5);
    expect(measureResult(SENSITIVE, 2, 5)).toEqual({
      id: 'm',
      numerator: 2,
      denominator: 5,
      value: 0.4,
      hidden: false,
    });
  });

  test('is what the desk calls headache, contact and tests', () => {
    const sensitive = DESK_MEASURES.filter((candidate) => candidate.sensitive).map(({ id }) => id);
    expect(sensitive).toEqual(['headache', 'covid_contact', 'positivity']);
  });
});

test('other figures are shown from the first row on', () => {
  expect(measureResult(measure(), 1, 1)).toMatchObject({ numerator: 1, value: 1, hidden: false });
});

test('nothing known is unknown, not zero', () => {
  for (const sensitive of [true, false]) {
    const result = measureResult(measure({ sensitive }), 0, 0);
    expect(result).toMatchObject({ value: null, hidden: false });
    expect(printValue(measure(), result)).toBe('unknown');
  }
});

test('of nothing known no values differ', () => {
  expect(measureResult(measure({ kind: 'distinct' }), 0, 0)).toMatchObject({ value: 0, hidden: false });
});

test('a share lies between 0 and 1 and is its integers to four decimals', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.nat(1_000_000), (a, b) => {
      const [numerator, denominator] = [Math.min(a, b), Math.max(a, b, 1)];
      const { value } = measureResult(measure(), numerator, denominator);
      expect(Math.abs(value! - numerator / denominator)).toBeLessThanOrEqual(0.000_05 + 1e-12);
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
    }),
  );
});

test.each([
  ['share', 1, 3, '33.3 %'],
  ['mean', 338, 45, '7.51'],
  ['net', -5, 45, '-11.1'],
  ['distinct', 3, 45, '3'],
] as const)('a %s prints with its unit', (kind, numerator, denominator, printed) => {
  const m = measure({ kind });
  expect(printValue(m, measureResult(m, numerator, denominator))).toBe(printed);
});

test('each figure has an id of its own and one sentence that defines it', () => {
  expect(new Set(DESK_MEASURES.map(({ id }) => id)).size).toBe(DESK_MEASURES.length);
  for (const { definition, titlePt } of DESK_MEASURES) {
    expect(definition).toMatch(/\.$/);
    expect(titlePt).not.toBe('');
  }
});
