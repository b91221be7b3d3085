/** Telegram's clock, faster than ours by a factor: a day of retries in a minute. */

export interface Clock {
  /** Milliseconds since the epoch, as this clock sees them. */
  now(): number;
  /** Runs `work` when `ms` of this clock have passed; the returned function forgets it. */
  after(ms: number, work: () => void): () => void;
}

/** Node fires longer timers at once; whoever waits looks again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Starts at the real time. `factor` 1 is the real pace. */
export function scaledClock(factor: number): Clock {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * factor,
    after(ms, work) {
      const timer = setTimeout(work, Math.min(Math.max(0, ms) / factor, LONGEST_TIMER_MS));
      return () => clearTimeout(timer);
    },
  };
}
