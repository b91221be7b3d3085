/** Settled days: receipt days that are over for long and have nothing left to do, so that nobody lists them at every run. */
import type { Window } from '../window.ts';

const DAY_MS = 86_400_000;
/** Raw may still come into a window this long after it: a gateway that retries, a clock that is slow. */
const LATE_MS = 2 * DAY_MS;

/** A range of windows that somebody asked for, inclusive; open where an end is absent. */
export interface WindowRange {
  readonly from?: Window;
  readonly to?: Window;
}

/** True for windows of the range. */
export const inRange = (window: Window, { from, to }: WindowRange): boolean =>
  (from === undefined || window >= from) && (to === undefined || window <= to);

/** True for a UTC day that ended 48 hours ago or earlier. */
export const isLongOver = (day: string, nowMs: number): boolean =>
  Date.parse(`${day}T00:00:00Z`) + DAY_MS + LATE_MS <= nowMs;

/**
 * The days, of those that have raw, in which something may be left to do: the last 48 hours and what is not settled, in order.
 * A range with both ends is somebody's question about it: settled days are looked at too.
 */
export function daysToLookAt(
  days: readonly string[],
  settled: ReadonlySet<string>,
  nowMs: number,
  range: WindowRange,
): readonly string[] {
  const asked = range.from !== undefined && range.to !== undefined;
  return days
    .filter((day) => (range.from ?? '') <= `${day}T23` && (range.to ?? '9') >= `${day}T00`)
    .filter((day) => asked || !settled.has(day) || !isLongOver(day, nowMs))
    .sort();
}
