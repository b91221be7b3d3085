/** When a live run is due. */
import { describe, expect, test } from '@jest/globals';
import { type LiveState, afterFailure, planLive, whileBusy } from '../../../src/domain/plans/live.ts';
import type { Window } from '../../../src/domain/window.ts';
import { windowAfter } from '../../support/desk-raw.ts';

const MINUTE = 60_000;
const INTERVAL = 30_000;
const [a, b] = [windowAfter(0), windowAfter(1)];
const announced = { failures: 0, reason: '', notBefore: 0 };

function plan(now: number, change: Partial<LiveState> = {}): string {
  const step = planLive(
    {
      intervalMs: INTERVAL,
      dirty: new Map<Window, never>(),
      running: new Set<Window>(),
      paused: false,
      notBefore: 0,
      busyAt: 0,
      atOnce: 4,
      ...change,
    },
    now,
  );
  if (step.kind === 'run') return `run ${step.windows.join(' ')}`;
  return step.kind === 'wait' ? `wait until ${step.until}` : step.kind;
}

test('the first message after quiet is run at once, whatever the interval', () => {
  expect(plan(5, { dirty: new Map([[a, announced]]) })).toBe(`run ${a}`);
});

test('under steady traffic a run waits for the interval, then takes all windows in their order', () => {
  const dirty = new Map([b, a].map((window) => [window, announced]));
  expect(plan(29_999, { dirty, notBefore: INTERVAL })).toBe(`wait until ${INTERVAL}`);
  expect(plan(30_000, { dirty, notBefore: INTERVAL })).toBe(`run ${a} ${b}`);
});

describe('no window waits for another’s run', () => {
  const c = windowAfter(2);
  const dirty = new Map([a, b, c].map((window) => [window, announced]));

  test('what is at work is left alone, and the others start', () => {
    expect(plan(5, { dirty, running: new Set([b]) })).toBe(`run ${a} ${c}`);
    expect(plan(5, { dirty: new Map([[a, announced]]), running: new Set([a]) })).toBe('wait until Infinity');
  });

  test('as many as may be at work, and no more', () => {
    expect(plan(5, { dirty, atOnce: 2 })).toBe(`run ${a} ${b}`);
    expect(plan(5, { dirty, atOnce: 2, running: new Set([a]) })).toBe(`run ${b}`);
    expect(plan(5, { dirty, atOnce: 1, running: new Set([a]) })).toBe('wait until Infinity');
  });

  test('while runs are at work it does not end, however long ago the last one ended', () => {
    expect(plan(90 * MINUTE, { running: new Set([a]) })).toBe('wait until Infinity');
    expect(plan(90 * MINUTE, { busyAt: 85 * MINUTE })).toBe(`wait until ${95 * MINUTE}`);
  });

  test('a window that another run is at is looked at again after a second', () => {
    const busy = new Map([[a, whileBusy(10_000)]]);
    expect(plan(10_000, { dirty: busy })).toBe('wait until 11000');
    expect(plan(11_000, { dirty: busy })).toBe(`run ${a}`);
  });
});

test('without announcements it ends after twenty intervals', () => {
  expect(plan(10 * MINUTE - 1)).toBe(`wait until ${10 * MINUTE}`);
  expect(plan(10 * MINUTE)).toBe('end');
});

test('paused, it neither runs nor ends', () => {
  expect(plan(60 * MINUTE, { paused: true, dirty: new Map([[a, announced]]) })).toBe('wait until Infinity');
  expect(plan(60 * MINUTE, { paused: true })).toBe('wait until Infinity');
});

describe('a window that failed', () => {
  test('waits longer each time, up to a quarter of an hour, or the interval if that is longer', () => {
    const waits = [0, 1, 2, 3, 4, 5, 9].map((failures) => afterFailure(failures, 'x', 0, INTERVAL).notBefore / 1_000);
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900]);
    expect(afterFailure(3, 'x', 0, 60 * MINUTE).notBefore).toBe(60 * MINUTE);
    expect(afterFailure(2, 'why', 7, 100)).toEqual({ failures: 3, reason: 'why', notBefore: 407 });
  });

  test('does not hold up the others, and keeps the workflow alive', () => {
    const failed = { failures: 3, reason: 'x', notBefore: 90 * MINUTE };
    expect(plan(70 * MINUTE, { dirty: new Map([[a, failed]]) })).toBe(`wait until ${90 * MINUTE}`);
    const dirty = new Map([
      [a, failed],
      [b, announced],
    ]);
    expect(plan(70 * MINUTE, { dirty })).toBe(`run ${b}`);
    expect(plan(90 * MINUTE, { dirty })).toBe(`run ${a} ${b}`);
  });
});
