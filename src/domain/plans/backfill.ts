/** Backfill: names, estimate and progress, as pure functions. */
import type { Counts } from '../counts.ts';
import type { BackfillSettings } from '../inputs/backfill.ts';
import { type Window, windowAt } from '../window.ts';

/** A window to run; `expect` is the key of the diff that its rebuild must equal. */
export interface PlannedWindow {
  readonly window: Window;
  readonly expect?: string;
}

export interface Estimate {
  readonly seconds: number;
  /** Where the speed comes from, for a person. */
  readonly basis: string;
}

/** What a backfill will do. */
export interface BackfillPlan {
  /** Key of the list of windows; null where nothing is to be run. */
  readonly ref: string | null;
  readonly windows: number;
  /** Received messages of these windows, and bytes of their raw objects. */
  readonly lines: number;
  readonly bytes: number;
  /** Windows of the range of which nothing is pending, or which today's code has judged. */
  readonly skipped: number;
  /** Windows of the range that a rebuild leaves to `etl`: nothing of them is published. */
  readonly unpublished: number;
  readonly first: Window | null;
  readonly last: Window | null;
  readonly estimate: Estimate;
}

export interface FailedWindow {
  readonly window: Window;
  readonly reason: string;
}

/** What the diff of one window says, as far as a range adds it up. */
export interface WindowDiff {
  readonly verdicts: readonly {
    readonly before: string;
    readonly reasonBefore: string | null;
    readonly after: string;
    readonly reasonAfter: string | null;
    readonly lines: number;
  }[];
  readonly tables: readonly (RowTotals & { readonly table: string })[];
}

/** Rows of a table before and after, those that are only in one of them, and those that differ. */
export interface RowTotals {
  readonly before: number;
  readonly after: number;
  readonly onlyBefore: number;
  readonly onlyAfter: number;
  readonly changed: number;
}

export interface DiffTotals {
  /** Lines with another verdict or reason. */
  readonly lines: number;
  readonly tables: Readonly<Record<string, RowTotals>>;
}

/** What every comparison of a range found; `ref` is the key of the list, with the diff of each window. */
export interface CombinedDiff {
  readonly ref: string;
  readonly windows: number;
  readonly totals: DiffTotals;
}

export interface BackfillProgress {
  readonly phase: 'planning' | 'running' | 'deciding' | 'publishing' | 'done' | 'discarded';
  readonly paused: boolean;
  readonly plan: BackfillPlan | null;
  /** Windows of the present phase, those that ended well in it, and those still to be run. */
  readonly total: number;
  readonly done: number;
  readonly left: number;
  /** Windows that failed in any phase. */
  readonly failed: number;
  readonly running: readonly Window[];
  /** The first ones, each with one sentence. */
  readonly failures: readonly FailedWindow[];
  /** What the runs published. */
  readonly counts: Counts;
  readonly perSecond: number;
  readonly secondsLeft: number;
  readonly diff: CombinedDiff | null;
  /** Until when `publish` or `discard` is waited for. */
  readonly decideBy: string | null;
}

/** Windows in one answer of `readPlan`, and in one call of `combineDiffs`: 7 kB of names and keys. */
export const WINDOWS_PER_PAGE = 40;

/** `backfill/<source>/<range>`: the same range in the same way is the same workflow. */
export function backfillId({ source, rebuild, diff, ...range }: Omit<BackfillSettings, 'windows'>): string {
  const { receivedFrom, receivedTo, eventFrom, eventTo } = range;
  const isByEvent = eventFrom !== undefined || eventTo !== undefined;
  const ends = isByEvent
    ? `event-${eventFrom ?? ''}..${eventTo ?? ''}`
    : `received-${receivedFrom ?? ''}..${receivedTo ?? ''}`;
  return `backfill/${source}/${ends}${rebuild ? '-rebuild' : ''}${diff ? '-diff' : ''}`;
}

const HOUR_MS = 3_600_000;
/** No zone is further ahead of UTC than 14 hours, or further behind than 12. */
const AHEAD_MS = 14 * HOUR_MS;
const BEHIND_MS = 12 * HOUR_MS;

/**
 * The windows received while the event days lasted, in whatever zone, and on the day after: where messages belong of which no event
 * day is known.
 */
export function receiptOf(from: string | undefined, to: string | undefined): { from?: Window; to?: Window } {
  const at = (day: string): number => Date.parse(`${day}T00:00:00Z`);
  return {
    ...(from === undefined ? {} : { from: windowAt(Math.max(0, at(from) - AHEAD_MS)) }),
    ...(to === undefined ? {} : { to: windowAt(at(to) + 47 * HOUR_MS + BEHIND_MS) }),
  };
}

/** Gaps between two windows' ends that are longer are taken for idleness. */
const LONGEST_GAP_MS = 10_000;
const FEWEST_GAPS = 5;
/** Without a record: a second for a window, measured with small windows on two cores. */
const SECONDS_PER_WINDOW = 1;
/** The engine's speed on two cores. */
const LINES_PER_SECOND = 20_000;

/** How long windows will take. `endedAt`: when earlier windows were verified, milliseconds, in any order. */
export function estimate(windows: number, lines: number, endedAt: readonly number[]): Estimate {
  const times = [...endedAt].sort((a, b) => a - b);
  const gaps = times.map((time, i) => time - (times[i - 1] ?? -Infinity)).filter((gap) => gap <= LONGEST_GAP_MS);
  const recorded = gaps.length >= FEWEST_GAPS;
  // The mean, for a store may keep whole seconds.
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length / 1_000;
  const perWindow = recorded ? mean : SECONDS_PER_WINDOW;
  const seconds = Math.ceil(Math.max(windows * perWindow, lines / LINES_PER_SECOND));
  const speed = `${perWindow.toFixed(2)} s per window`;
  const basis = recorded
    ? `${speed}, as the last ${gaps.length} took that followed one another`
    : `${speed}, taken for want of a record`;
  return { seconds, basis: `${basis}; at least 1 s per ${LINES_PER_SECOND} messages` };
}

const NO_ROWS: RowTotals = { before: 0, after: 0, onlyBefore: 0, onlyAfter: 0, changed: 0 };

/** Totals with one more window in them. */
export function addDiff(totals: DiffTotals, { verdicts, tables }: WindowDiff): DiffTotals {
  const judgedAnew = verdicts.filter(
    ({ before, after, reasonBefore, reasonAfter }) => before !== after || reasonBefore !== reasonAfter,
  );
  const sums: Record<string, RowTotals> = { ...totals.tables };
  for (const { table, ...rows } of tables) {
    const sum = sums[table] ?? NO_ROWS;
    sums[table] = {
      before: sum.before + rows.before,
      after: sum.after + rows.after,
      onlyBefore: sum.onlyBefore + rows.onlyBefore,
      onlyAfter: sum.onlyAfter + rows.onlyAfter,
      changed: sum.changed + rows.changed,
    };
  }
  return { lines: totals.lines + judgedAnew.reduce((sum, { lines }) => sum + lines, 0), tables: sums };
}

/** True where a window lies between two ends, inclusive; an absent end is open. */
export const isBetween = <T extends string>(value: T, from: T | undefined, to: T | undefined): boolean =>
  (from === undefined || value >= from) && (to === undefined || value <= to);
