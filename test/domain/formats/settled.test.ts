/** Which days are looked at: a day may be left alone only when it is settled and long over, and nobody asks for it. */
import { expect, test } from '@jest/globals';
import { daysToLookAt, inRange, isLongOver } from '../../../src/domain/formats/settled.ts';
import { windowOf } from '../../../src/domain/window.ts';

const DAYS = ['2026-11-18', '2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22'];
const NOW = Date.parse('2026-11-22T10:00:00Z');
const ALL = new Set(DAYS);

test('a day is long over 48 hours after its end, to the millisecond', () => {
  const end = Date.parse('2026-11-20T00:00:00Z') + 48 * 3_600_000;
  expect([isLongOver('2026-11-19', end - 1), isLongOver('2026-11-19', end)]).toEqual([false, true]);
});

test('without a range: the last 48 hours, settled or not, and every day that is not settled', () => {
  expect(daysToLookAt(DAYS, ALL, NOW, {})).toEqual(['2026-11-20', '2026-11-21', '2026-11-22']);
  expect(daysToLookAt(DAYS.toReversed(), new Set(['2026-11-18']), NOW, {})).toEqual(DAYS.slice(1));
  expect(daysToLookAt(DAYS, new Set(), NOW, {})).toEqual(DAYS);
});

test('a range with both ends asks for its days, settled or not; one end only bounds', () => {
  const [from, to] = [windowOf('2026-11-18T23'), windowOf('2026-11-19T00')];
  expect(daysToLookAt(DAYS, ALL, NOW, { from, to })).toEqual(['2026-11-18', '2026-11-19']);
  expect(daysToLookAt(DAYS, ALL, NOW, { from })).toEqual(['2026-11-20', '2026-11-21', '2026-11-22']);
  expect(daysToLookAt(DAYS, new Set(), NOW, { to })).toEqual(['2026-11-18', '2026-11-19']);
  expect([from, to].map((window) => inRange(window, { from: to }))).toEqual([false, true]);
});
