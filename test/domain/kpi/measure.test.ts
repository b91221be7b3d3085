/** Measures: two integers, one value, and none that points at a person. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DESK } from '../../../src/domain/sources/desk/contract.ts';
import { DESK_MEASURES } from '../../../src/domain/kpi/desk.ts';
import { type Measure, measureResult } from '../../../src/domain/kpi/measure.ts';
import { REPORTS } from '../../../src/domain/kpi/index.ts';
import { printValue } from '../../../src/domain/kpi/print-report.ts';

const measure = (change: Partial<Measure> = {}): Measure => ({ ...DESK_MEASURES[0]!, id: 'm', ...change });

test('nothing of health is in reports of single days, which could be taken from each other', () => {
  const measured = JSON.stringify([...REPORTS.values()]);
  for (const { name, privacy } of DESK.tables.flatMap(({ columns }) => columns))
    if (privacy === 'sensitive') expect(measured).not.toContain(name);
});

test('a figure is shown from the first row on', () => {
  expect(measureResult(measure(), 1, 1)).toEqual({ id: 'm', numerator: 1, denominator: 1, value: 1 });
});

test('nothing known is unknown, not zero', () => {
  const result = measureResult(measure(), 0, 0);
  expect(result).toMatchObject({ value: null });
  expect(printValue(measure(), result)).toBe('unknown');
});

test('of nothing known no values differ', () => {
  expect(measureResult(measure({ kind: 'distinct' }), 0, 0)).toMatchObject({ value: 0 });
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
