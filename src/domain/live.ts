/** When a live run is due: a pure plan over the windows that were announced and are not done. */
import type { Window } from './window.ts';

/** Header of signals, workflows and activities: the trace they belong to, as a W3C traceparent. */
export const TRACE_HEADER = 'traceparent';

/** Least time between the starts of two runs of a source, unless the configuration says otherwise. */
export const LIVE_INTERVAL_MS = 30_000;
/** Nothing announced for this many intervals: the workflow ends, and the next announcement starts it again. */
const IDLE_INTERVALS = 20;
/** Windows kept at a time: 8 kB of names. What is beyond them is left to the hourly run. */
export const LIVE_WINDOWS = 500;
/** Ten minutes, at the usual interval. */
const LEFT_ALONE_INTERVALS = 20;
const LAST_BACK_OFF_MS = 900_000;

/** A window that was announced and is not done. */
export interface DirtyWindow {
  readonly failures: number;
  readonly reason: string;
  /** Not run again before this time. */
  readonly notBefore: number;
}

export interface LiveState {
  readonly intervalMs: number;
  readonly dirty: ReadonlyMap<Window, DirtyWindow>;
  readonly paused: boolean;
  /** No run starts before this time. */
  readonly notBefore: number;
  /** When a run last ended, or the workflow started. */
  readonly busyAt: number;
}

export type LiveStep =
  | { readonly kind: 'run'; readonly windows: readonly Window[] }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'end' };

/** What to do at `now`: run what is due, wait (for ever: Infinity), or end. */
export function planLive({ intervalMs, dirty, paused, notBefore, busyAt }: LiveState, now: number): LiveStep {
  if (paused) return { kind: 'wait', until: Infinity };
  if (dirty.size === 0) {
    const end = busyAt + IDLE_INTERVALS * intervalMs;
    return now >= end ? { kind: 'end' } : { kind: 'wait', until: end };
  }
  const due = Math.max(notBefore, Math.min(...[...dirty.values()].map((window) => window.notBefore)));
  if (now < due) return { kind: 'wait', until: due };
  const windows = [...dirty].filter(([, window]) => window.notBefore <= now).map(([name]) => name);
  return { kind: 'run', windows: windows.sort() };
}

/**
 * When the next run may start: the interval after the last one's start, or at its end. No later where runs are long: what has
 * gathered meanwhile makes the next one longer still.
 */
export const nextRunAt = (startedAt: number, endedAt: number, intervalMs: number): number =>
  Math.max(startedAt + intervalMs, endedAt);

/** Until when announcements of a window that needs a person are left to that person: somebody may have mended it since. */
export const leftAloneUntil = (now: number, intervalMs: number): number => now + LEFT_ALONE_INTERVALS * intervalMs;

/** The window after one more failure: tried again after the interval, then twice that, up to a quarter of an hour. */
export function afterFailure(failures: number, reason: string, now: number, intervalMs: number): DirtyWindow {
  const backOff = Math.min(intervalMs * 2 ** failures, Math.max(LAST_BACK_OFF_MS, intervalMs));
  return { failures: failures + 1, reason, notBefore: now + backOff };
}
