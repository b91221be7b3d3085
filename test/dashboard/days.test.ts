/** The ranges that people ask for most. No server. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { presetRange } from '../../src/dashboard/page/lib/days.ts';

const ZONE = 'America/Sao_Paulo';
const DAYS = { from: '2021-08-02', to: '2026-11-22' };

afterEach(() => void jest.useRealTimers());

test.each([
  ['on a Friday', '2026-11-27T18:00:00Z', '2026-11-16', '2026-11-22'],
  ['on a Monday', '2026-11-23T12:00:00Z', '2026-11-16', '2026-11-22'],
  ['on a Sunday that is Monday in UTC', '2026-11-23T01:00:00Z', '2026-11-09', '2026-11-15'],
  ['over the new year', '2027-01-01T12:00:00Z', '2026-12-21', '2026-12-27'],
])('last week is Monday to Sunday of the week before this one: %s', (_, now, from, to) => {
  jest.useFakeTimers({ now: new Date(now) });
  expect(presetRange('week', DAYS, ZONE)).toEqual({ from, to });
});

test('the last days are those with data, all of them five years at most; without data there are none', () => {
  expect(presetRange('7', DAYS, ZONE)).toEqual({ from: '2026-11-16', to: '2026-11-22' });
  expect(presetRange('all', DAYS, ZONE)).toEqual({ from: '2021-11-19', to: '2026-11-22' });
  expect(presetRange('all', { from: '2026-11-01', to: '2026-11-22' }, ZONE)?.from).toBe('2026-11-01');
  for (const preset of ['week', '7', 'all'] as const) expect(presetRange(preset, null, ZONE)).toBeNull();
});
