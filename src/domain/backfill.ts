/** Backfill: names, estimate and progress, as pure functions. */
import type { Counts } from './counts.ts';
import type { BackfillSettings } from './inputs/backfill.ts';
import { type Window, windowAt } from './window.ts';

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

/** What every comparison of a range found; `ref` is the key of the list, with the diff of each window. */
export interface CombinedDiff {
  readonly ref: string;
  readonly windows: number;
  /** Sums of the numbers that stand at the same place in the windows' diffs. */
  readonly totals: Sums;
}
export interface Sums {
  readonly [name: string]: number | Sums;
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

/** Adds the numbers that stand at the same place; everything else is left out. */
export function addSums(a: Sums, b: unknown): Sums {
  const sums: Record<string, number | Sums> = { ...a };
  for (const [name, value] of Object.entries((b ?? {}) as Readonly<Record<string, unknown>>)) {
    const before = sums[name];
    if (typeof value === 'number') sums[name] = (typeof before === 'number' ? before : 0) + value;
    else if (typeof value === 'object' && value !== null && !Array.isArray(value))
      sums[name] = addSums(typeof before === 'object' ? before : {}, value);
  }
  return sums;
}

const BAR = 24;

/** A bar of blocks with its share, such as `██████░░ 75 %`. */
export function bar(done: number, all: number): string {
  const share = all === 0 ? 1 : done / all;
  return `${'█'.repeat(Math.floor(share * BAR)).padEnd(BAR, '░')} ${Math.floor(100 * share)} %`;
}

/** `1 h 5 min`, `2 min 10 s`, `8 s`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole >= 3_600) return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
  return whole >= 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole} s`;
}

/** The plan in a sentence or two. */
export function planText({
  windows,
  lines,
  bytes,
  skipped,
  unpublished,
  first,
  last,
  estimate: time,
}: BackfillPlan): string {
  const others = [
    ...(skipped === 0 ? [] : [`${skipped} of the range are done already`]),
    ...(unpublished === 0 ? [] : [`${unpublished} are not published yet and left to etl`]),
  ];
  const rest = others.length === 0 ? '' : ` ${others.join('; ')}.`;
  if (windows === 0) return `Nothing is to be done.${rest}`;
  return `${windows} window(s) from ${first ?? ''} to ${last ?? ''}: ${lines} messages, ${(bytes / 1e6).toFixed(1)} MB of raw objects; about ${duration(time.seconds)} (${time.basis}).${rest}`;
}

/** The progress as one line for a terminal. */
export function progressLine(progress: BackfillProgress): string {
  const { phase, paused, plan, total, done, failed, left, perSecond, secondsLeft } = progress;
  if (plan === null) return 'planning';
  const tail = [
    `${done} done`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    `${left} left`,
    ...(perSecond > 0 ? [`${perSecond.toFixed(1)}/s`, `${duration(secondsLeft)} to go`] : []),
  ];
  return `${bar(total - left, total)}  ${paused ? 'paused' : phase}: ${tail.join(', ')}`;
}

/** The progress in Markdown, for the Temporal UI. `linkOf` gives the address of a window's own run. */
export function progressMarkdown(progress: BackfillProgress, linkOf: (window: Window) => string): string {
  const { plan, running, failed, failures, counts, diff, decideBy } = progress;
  const { received, enriched, duplicates, quarantined } = counts;
  const linked = (window: Window): string => `[${window}](${linkOf(window)})`;
  const waits =
    decideBy === null
      ? []
      : [`**Compared, nothing published.** Send the signal \`publish\` or \`discard\`; discarded at ${decideBy}.`];
  const sentence = (text: string): string => text.replace(/[|\s]+/g, ' ');
  return [
    `\`${progressLine(progress)}\``,
    ...waits,
    ...(plan === null ? [] : [planText(plan)]),
    `published: ${received} received = ${enriched} enriched + ${duplicates} duplicates + ${quarantined} quarantined`,
    ...(diff === null ? [] : [`diff of ${diff.windows} window(s): \`${diff.ref}\``]),
    ...(running.length === 0 ? [] : [`at work: ${running.map(linked).join(', ')}`]),
    ...(failed === 0
      ? []
      : [
          [
            '| failed | why |',
            '|---|---|',
            ...failures.map(({ window, reason }) => `| ${linked(window)} | ${sentence(reason)} |`),
            ...(failed > failures.length ? [`| and ${failed - failures.length} more | |`] : []),
          ].join('\n'),
        ]),
  ].join('\n\n');
}

/** True where a window lies between two ends, inclusive; an absent end is open. */
export const isBetween = <T extends string>(value: T, from: T | undefined, to: T | undefined): boolean =>
  (from === undefined || value >= from) && (to === undefined || value <= to);
