/** When live runs are due: a pure plan over the windows that were announced and are not done. */
import type { Window } from '../window.ts';

/** Header of signals, workflows and activities: the trace they belong to, as a W3C traceparent. */
export const TRACE_HEADER = 'traceparent';

/** Least time between two starts of runs of a source, unless the configuration says otherwise. */
export const LIVE_INTERVAL_MS = 30_000;
/** Nothing announced for this many intervals: the workflow ends, and the next announcement starts it again. */
const IDLE_INTERVALS = 20;
/** Windows kept at a time: 8 kB of names. What is beyond them is left to the hourly run. */
export const LIVE_WINDOWS = 500;
const LAST_BACK_OFF_MS = 900_000;
/** Another run of a window is looked for again after this long: it takes seconds. */
const BUSY_MS = 1_000;

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
  readonly running: ReadonlySet<Window>;
  readonly paused: boolean;
  /** No run starts before this time. */
  readonly notBefore: number;
  /** When a run last ended, or the workflow started. */
  readonly busyAt: number;
  /** Runs that may be at work. */
  readonly atOnce: number;
}

export type LiveStep =
  | { readonly kind: 'run'; readonly windows: readonly Window[] }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'end' };

/** What to do at `now`: start what is due, wait (for a signal or the end of a run: Infinity), or end. A window has one run at a time. */
export function planLive(
  { intervalMs, dirty, running, paused, notBefore, busyAt, atOnce }: LiveState,
  now: number,
): LiveStep {
  if (paused) return { kind: 'wait', until: Infinity };
  if (dirty.size === 0 && running.size === 0) {
    const end = busyAt + IDLE_INTERVALS * intervalMs;
    return now >= end ? { kind: 'end' } : { kind: 'wait', until: end };
  }
  const free = [...dirty].filter(([name]) => !running.has(name));
  if (free.length === 0 || running.size >= atOnce) return { kind: 'wait', until: Infinity };
  const due = Math.max(notBefore, Math.min(...free.map(([, window]) => window.notBefore)));
  if (now < due) return { kind: 'wait', until: due };
  const windows = free.filter(([, window]) => window.notBefore <= now).map(([name]) => name);
  return { kind: 'run', windows: windows.sort().slice(0, atOnce - running.size) };
}

/** A window that was just announced. */
export const ANNOUNCED: DirtyWindow = { failures: 0, reason: '', notBefore: 0 };

/** A window of which another run is at work: what was announced may have come after that run's listing. */
export const whileBusy = (now: number): DirtyWindow => ({ ...ANNOUNCED, notBefore: now + BUSY_MS });

/** The window after one more failure: tried again after the interval, then twice that, up to a quarter of an hour. */
export function afterFailure(failures: number, reason: string, now: number, intervalMs: number): DirtyWindow {
  const backOff = Math.min(intervalMs * 2 ** failures, Math.max(LAST_BACK_OFF_MS, intervalMs));
  return { failures: failures + 1, reason, notBefore: now + backOff };
}
