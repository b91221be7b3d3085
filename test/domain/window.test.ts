/** Windows: UTC hours that exist. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvariantViolation, PermanentError } from '../../src/domain/errors.ts';
import {
  isDay,
  parseWindow,
  windowAt,
  windowEnd,
  windowOf,
  windowParts,
  windowStart,
} from '../../src/domain/window.ts';
import { anyInstant, anyWindow } from './arbitrary.ts';

test('an instant lies in its window, and windows follow one another without a gap', () => {
  fc.assert(
    fc.property(anyInstant, (ms) => {
      const window = windowAt(ms);
      expect(windowStart(window)).toBeLessThanOrEqual(ms);
      expect(windowEnd(window)).toBeGreaterThan(ms);
      expect(windowStart(windowAt(windowEnd(window)))).toBe(windowEnd(window));
      expect(windowAt(windowEnd(window) - 1)).toBe(window);
    }),
  );
});

test('windows sort as their hours do, and come back from their text and parts', () => {
  fc.assert(
    fc.property(anyWindow, anyWindow, (a, b) => {
      expect(a < b).toBe(windowStart(a) < windowStart(b));
      expect(parseWindow(a)).toBe(a);
      const { date, hour } = windowParts(a);
      expect(`${date}T${hour}`).toBe(a);
      expect(isDay(date)).toBe(true);
    }),
  );
});

test.each([
  '',
  '2026-11-22',
  '2026-11-22T3',
  '2026-11-22T24',
  '2026-11-22T-1',
  '2026-11-31T03',
  '2026-02-29T03',
  '2026-13-01T03',
  '2026-00-10T03',
  '2026-11-22 03',
  '2026-11-22t03',
  '2026-11-22T03Z',
  '2026-11-22T03:00',
  ' 2026-11-22T03',
  '٢٠٢٦-11-22T03',
])('"%s" is not a window', (text) => {
  expect(parseWindow(text)).toBeUndefined();
  expect(() => windowOf(text)).toThrow(PermanentError);
});

test('days exist or do not', () => {
  for (const day of ['2024-02-29', '2026-11-30', '1970-01-01']) expect(isDay(day)).toBe(true);
  for (const day of ['2026-02-29', '2026-11-31', '2026-1-1', '2026-11-22T03', '', 'today'])
    expect(isDay(day)).toBe(false);
});

test.each([-1, NaN, Infinity])('%d is no time of receipt', (ms) => {
  expect(() => windowAt(ms)).toThrow(InvariantViolation);
});
