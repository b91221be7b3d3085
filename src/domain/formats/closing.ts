/** Closing a local day: which day, which windows, and what came to it since it was last closed. */
import type { Counts } from '../counts.ts';
import type { Source } from './layout.ts';
import { type WallClock, resolveLocal, wallClockAt } from '../judge/rules/local-time.ts';
import { type Window, windowAt } from '../window.ts';

const DAY_MS = 86_400_000;

/** What a day held when it was closed. */
export interface Closing {
  readonly formatVersion: number;
  readonly source: Source;
  readonly day: string;
  /** 1 for the first closing of the day. */
  readonly n: number;
  /** ISO 8601. */
  readonly closedAt: string;
  readonly ledgerVersion: number;
  /** Messages received in the windows of the day. */
  readonly counts: Counts;
  /** Live rows dated that day, per table, whenever they were received. */
  readonly rows: Readonly<Record<string, number>>;
}

/** The local day before the one that an instant lies in, such as 2026-11-21. */
export function dayBefore(epochMs: number, zone: string): string {
  const { year, month, day } = wallClockAt(epochMs, zone);
  return new Date(Date.UTC(year, month - 1, day) - DAY_MS).toISOString().slice(0, 10);
}

/** First and last UTC hour that touch a local day. */
export function windowsOfDay(day: string, zone: string): { readonly from: Window; readonly to: Window } {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const start = resolveLocal(clockOf(midnight), zone).epochMs;
  const end = resolveLocal(clockOf(midnight + DAY_MS), zone).epochMs;
  return { from: windowAt(start), to: windowAt(end - 1) };
}

function clockOf(utcMs: number): WallClock {
  const date = new Date(utcMs);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: 0,
    minute: 0,
    second: 0,
  };
}

const rowsOf = ({ rows }: Pick<Closing, 'rows'>): number => Object.values(rows).reduce((sum, n) => sum + n, 0);

const differenceOf = (n: number): string => (n < 0 ? `${-n} fewer` : `${n} more`);

/** What came to a day since it was closed, in words; undefined when nothing changed. */
export function reopenedBy(before: Closing, now: Pick<Closing, 'counts' | 'rows'>): string | undefined {
  const facts = ({ counts, rows }: Pick<Closing, 'counts' | 'rows'>): string =>
    JSON.stringify([counts, Object.entries(rows).sort()]);
  if (facts(before) === facts(now)) return undefined;
  const messages = differenceOf(now.counts.received - before.counts.received);
  const rows = differenceOf(rowsOf(now) - rowsOf(before));
  return `re-opened: ${messages} messages received that day and ${rows} rows dated that day since ${before.closedAt}`;
}
