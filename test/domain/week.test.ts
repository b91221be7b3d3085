/** Weeks as ISO 8601 counts them. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { daysOfWeek, parseWeek, weekBefore } from '../../src/domain/week.ts';

const ZONE = 'America/Sao_Paulo';
const days = (text: string) => {
  const week = parseWeek(text);
  return week && daysOfWeek(week);
};

test('the first week of a year is the one with its first Thursday', () => {
  expect(days('2021-W31')).toEqual({ from: '2021-08-02', to: '2021-08-08' });
  expect(days('2020-W53')).toEqual({ from: '2020-12-28', to: '2021-01-03' });
  expect(days('2026-W01')).toEqual({ from: '2025-12-29', to: '2026-01-04' });
});

test.each(['2021-W53', '2021-W00', '2021-W1', '2021-31', 'W31', ''])('"%s" is no week', (text) => {
  expect(parseWeek(text)).toBeUndefined();
});

test('the week before is that of the zone’s calendar, not of UTC', () => {
  // Monday 2026-11-23 begins in São Paulo at 03:00 UTC.
  expect(weekBefore(Date.parse('2026-11-23T02:59:59Z'), ZONE)).toBe('2026-W46');
  expect(weekBefore(Date.parse('2026-11-23T03:00:00Z'), ZONE)).toBe('2026-W47');
  expect(weekBefore(Date.parse('2026-11-30T02:59:59Z'), ZONE)).toBe('2026-W47');
});

test('the week before any instant ended at most seven days before it', () => {
  const DAY = 86_400_000;
  const range = { min: Date.UTC(1990, 0, 1), max: Date.UTC(2100, 0, 1) };
  fc.assert(
    fc.property(fc.integer(range), (ms) => {
      const week = weekBefore(ms, 'UTC');
      expect(parseWeek(week)).toBe(week);
      const { from, to } = daysOfWeek(week);
      const over = ms - (Date.parse(to) + DAY);
      expect(over).toBeGreaterThanOrEqual(0);
      expect(over).toBeLessThan(7 * DAY);
      expect(Date.parse(to) - Date.parse(from)).toBe(6 * DAY);
      expect(new Date(from).getUTCDay()).toBe(1);
    }),
  );
});
