/** The input of live: a wrong one says what is allowed, with a sample. */
import { describe, expect, test } from '@jest/globals';
import { readWindows } from '../../../src/domain/inputs/given.ts';
import { readLiveInput } from '../../../src/domain/inputs/live.ts';
import { fault } from './fault.ts';

const LIVE =
  'Allowed fields: source, intervalMs, windows, paused, waitMs. Sample: {"source":"desk"} or {"source":"desk",';

describe('live', () => {
  test('takes a source; the rest has defaults', () => {
    expect(readLiveInput({ source: 'desk' })).toEqual({
      source: 'desk',
      intervalMs: 30_000,
      windows: [],
      paused: false,
      waitMs: 0,
    });
    const input = { source: 'desk', intervalMs: 100, windows: ['2026-11-22T03'], paused: true, waitMs: 7 };
    expect(readLiveInput(input)).toEqual(input);
  });

  test.each([
    [undefined, '"source" is needed'],
    [{ source: 'fax' }, '"source" must be a source'],
    [{ source: 'desk', intervalMs: 99 }, '"intervalMs" must be a whole number of milliseconds, at least 100'],
    [{ source: 'desk', intervalMs: '2000' }, '"intervalMs" must be'],
    [{ source: 'desk', intervalMs: 100.5 }, '"intervalMs" must be'],
    [{ source: 'desk', waitMs: -1 }, '"waitMs" must be'],
    [{ source: 'desk', windows: '2026-11-22T03' }, '"windows" must be a list'],
    [{ source: 'desk', windows: ['2026-02-30T03'] }, '"windows" must be a list'],
    [{ source: 'desk', windows: Array(501).fill('2026-11-22T03') }, 'at most 500 hours'],
    [{ source: 'desk', paused: 'yes' }, '"paused" must be true or false'],
    [{ source: 'desk', window: '2026-11-22T03' }, 'it has a field that is not known'],
  ])('%j is refused', (value, what) => {
    const message = fault(() => readLiveInput(value));
    expect(message).toContain(what);
    expect(message).toContain(LIVE);
  });

  test('an announcement is a list of hours that exist, or nothing', () => {
    expect(readWindows(['2026-11-22T03', '2026-11-22T04'])).toEqual(['2026-11-22T03', '2026-11-22T04']);
    for (const value of [undefined, null, '2026-11-22T03', {}, [7], ['2026-02-30T03'], ['2026-11-22T03', '']])
      expect(readWindows(value)).toBeUndefined();
  });
});
