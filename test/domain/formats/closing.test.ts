import { describe, expect, test } from '@jest/globals';
import { type Closing, dayBefore, reopenedBy, windowsOfDay } from '../../../src/domain/formats/closing.ts';

const ZONE = 'America/Sao_Paulo';

test.each([
  ['2026-11-22T06:00:00Z', ZONE, '2026-11-21'],
  ['2026-11-22T02:59:59Z', ZONE, '2026-11-20'],
  ['2026-03-01T03:00:00Z', ZONE, '2026-02-28'],
  ['2026-01-01T00:00:00Z', 'UTC', '2025-12-31'],
])('the day before %s in %s is %s', (at, zone, day) => {
  expect(dayBefore(Date.parse(at), zone)).toBe(day);
});

describe('the windows of a local day', () => {
  test.each([
    ['24 hours in São Paulo', '2026-11-21', ZONE, '2026-11-21T03', '2026-11-22T02'],
    // Midnight was skipped that day: it began at 01:00, and had 23 hours.
    ['when summer time began', '2018-11-04', ZONE, '2018-11-04T03', '2018-11-05T01'],
    ['when it ended', '2018-02-17', ZONE, '2018-02-17T02', '2018-02-18T02'],
    ['an hour that two days share', '2026-11-21', 'Asia/Kolkata', '2026-11-20T18', '2026-11-21T18'],
  ])('%s', (_, day, zone, from, to) => {
    expect(windowsOfDay(day, zone)).toEqual({ from, to });
  });
});

test('a day is re-opened by what came, and by what a rebuild took away', () => {
  const before: Closing = {
    ...{ formatVersion: 1, source: 'desk', day: '2026-11-21', n: 1, ledgerVersion: 4 },
    closedAt: '2026-11-22T06:00:00.000Z',
    counts: { received: 3, enriched: 2, duplicates: 1, quarantined: 0 },
    rows: { a: 2, b: 1 },
  };
  expect(reopenedBy(before, { counts: { ...before.counts }, rows: { b: 1, a: 2 } })).toBeUndefined();
  expect(reopenedBy(before, { counts: { ...before.counts, received: 5, enriched: 4 }, rows: { a: 4, b: 0 } })).toBe(
    're-opened: 2 more messages received that day and 1 more rows dated that day since 2026-11-22T06:00:00.000Z',
  );
  expect(reopenedBy(before, { counts: before.counts, rows: { a: 1, b: 1 } })).toMatch(
    /0 more messages .* 1 fewer rows/,
  );
});
