/** live: brings announced windows into the tables within seconds; started by the first announcement, ended by quiet. */
import {
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { type Counts, NO_COUNTS, addCounts, countsLine } from '../domain/counts.ts';
import { readWindows } from '../domain/inputs/given.ts';
import { type LiveInput, readLiveInput } from '../domain/inputs/live.ts';
import {
  ANNOUNCED,
  type DirtyWindow,
  LIVE_WINDOWS,
  type LiveState,
  afterFailure,
  planLive,
  whileBusy,
} from '../domain/plans/live.ts';
import type { Window } from '../domain/window.ts';
import { readOrFail } from './input-failure.ts';
import { LIVE_AT_ONCE } from './policies.ts';
import { readRunSetting } from './run-setting.ts';
import { runWindow } from './run-windows.ts';
import { pauseSignal, resumeSignal } from './slices.ts';

export const announceSignal = defineSignal<[windows: readonly string[]]>('announce');
export const progressQuery = defineQuery<LiveProgress>('progress');

/**
 * Signals of one run; it then continues as new, and its children go on. So few, because a signal that arrives meanwhile makes the
 * server ask again, and the whole history is replayed for it.
 */
const SIGNALS_PER_RUN = 200;

export interface LiveProgress {
  readonly waiting: readonly Window[];
  readonly running: readonly Window[];
  readonly failed: readonly Window[];
  /** Windows given up on, which a person has to replay. */
  readonly parked: readonly Window[];
  readonly paused: boolean;
  /** Window runs that ended well, and what they published, since the workflow last continued as new. */
  readonly runs: number;
  readonly counts: Counts;
  /** Announcements that named no hour, and windows left to the hourly run because too many were waiting. */
  readonly refused: number;
}

interface State extends LiveState {
  readonly source: LiveInput['source'];
  readonly dirty: Map<Window, DirtyWindow>;
  readonly running: Set<Window>;
  /** Windows given up on, and why as far as this run knows. */
  readonly parked: Map<Window, string>;
  paused: boolean;
  notBefore: number;
  busyAt: number;
  runs: number;
  counts: Counts;
  refused: number;
  signals: number;
}

/**
 * Starts a run of each window that is announced: the first after quiet at once, then at most every interval. It waits for none of them.
 * A window is done when a run that started after its last announcement is. One that fails is tried again later, and shown; one that
 * needs a person is left alone by its run.
 */
export async function live(
  input?: Pick<LiveInput, 'source'> & Partial<LiveInput>,
): Promise<Pick<LiveProgress, 'runs' | 'counts'>> {
  const { windows, waitMs, ...asked } = readOrFail(() => readLiveInput(input));
  const state = openState(asked, waitMs);
  for (const window of windows) markDirty(state, window);
  // Handlers do not wait, so that every announcement is in `dirty` before the code below decides to end or to continue as new.
  handleSignals(state);
  const { tag } = await readRunSetting();
  tag({ source: state.source, stage: 'running' });
  let starts = 0;
  // Not before something was started: a flood of announcements would otherwise keep every run from working.
  const isFull = (): boolean =>
    starts > 0 && (state.signals >= SIGNALS_PER_RUN || workflowInfo().continueAsNewSuggested);
  while (!isFull()) {
    show(state);
    const step = planLive(state, Date.now());
    if (step.kind === 'end') {
      tag({ stage: 'done', rows: state.counts.enriched });
      return { runs: state.runs, counts: state.counts };
    }
    if (step.kind === 'run') {
      starts += 1;
      state.notBefore = Date.now() + state.intervalMs;
      // Not waited for; each tells the state how it ended, and fails only with this run.
      for (const window of step.windows) void runOne(state, window);
      continue;
    }
    const isStale = (): boolean => {
      const next = planLive(state, Date.now());
      return isFull() || next.kind !== 'wait' || next.until !== step.until;
    };
    await (step.until === Infinity
      ? condition(isStale)
      : condition(isStale, Math.max(1, step.until - Date.now()), {
          summary: 'until the next runs are due, or quiet ends this one',
        }));
  }
  const { source, intervalMs, paused } = state;
  const left = [...new Set([...state.running, ...state.dirty.keys()])].sort();
  const wait = Math.max(0, state.notBefore - Date.now());
  return continueAsNew<typeof live>({ source, intervalMs, paused, windows: left, waitMs: wait });
}

const openState = (asked: Pick<LiveInput, 'source' | 'intervalMs' | 'paused'>, waitMs: number): State => ({
  ...asked,
  atOnce: LIVE_AT_ONCE,
  dirty: new Map(),
  running: new Set(),
  parked: new Map(),
  notBefore: Date.now() + waitMs,
  busyAt: Date.now(),
  runs: 0,
  counts: NO_COUNTS,
  refused: 0,
  signals: 0,
});

function handleSignals(state: State): void {
  const announced = (names: unknown): void => {
    state.signals += 1;
    const windows = readWindows(names);
    if (windows === undefined) refuse(state, 'it is not a list of hours');
    else for (const window of windows) markDirty(state, window);
  };
  const pause = (paused: boolean) => (): void => {
    state.signals += 1;
    state.paused = paused;
    show(state);
  };
  setHandler(announceSignal, announced, {
    description: 'Windows with new raw objects: a list such as ["2026-11-22T03"]',
  });
  setHandler(pauseSignal, pause(true), { description: 'Start no more runs; announcements are kept' });
  setHandler(resumeSignal, pause(false), { description: 'Run what was announced' });
  setHandler(progressQuery, () => progressOf(state), { description: 'What is waiting, running and failed' });
}

/** A window that failed keeps its back-off, however often it is announced. */
function markDirty(state: State, window: Window): void {
  if (state.dirty.has(window)) return;
  if (state.dirty.size + state.running.size >= LIVE_WINDOWS) refuse(state, 'too many windows are waiting');
  else state.dirty.set(window, ANNOUNCED);
}

function refuse(state: State, reason: string): void {
  state.refused += 1;
  show(state);
  log.warn('announcement.refused', { source: state.source, reason });
}

/** Runs one window, and says in the state what became of it. */
async function runOne(state: State, window: Window): Promise<void> {
  const { source, intervalMs } = state;
  const failures = state.dirty.get(window)?.failures ?? 0;
  // What is announced from here on needs another run.
  state.dirty.delete(window);
  state.running.add(window);
  show(state);
  try {
    const { result, why, needsPerson } = await runWindow({ source, window }, { parked: false, waitForOthers: false });
    const now = Date.now();
    if (needsPerson === true) state.parked.set(window, why ?? 'chatlake status says why');
    else if (why !== undefined) state.dirty.set(window, afterFailure(failures, why, now, intervalMs));
    else if (result === undefined) state.dirty.set(window, whileBusy(now));
    else {
      state.parked.delete(window);
      state.counts = addCounts(state.counts, result.counts);
      state.runs += 1;
    }
  } catch (error) {
    // This run was cancelled, and ends with that; the windows' runs go on by themselves.
    if (!CancellationScope.current().consideredCancelled) throw error;
  }
  state.running.delete(window);
  state.busyAt = Date.now();
  show(state);
}

function progressOf({ dirty, running, parked, paused, runs, counts, refused }: State): LiveProgress {
  const failed = [...dirty].filter(([, { failures }]) => failures > 0).map(([window]) => window);
  return {
    waiting: [...dirty.keys()],
    running: [...running],
    failed,
    parked: [...parked.keys()],
    paused,
    runs,
    counts,
    refused,
  };
}

const SHOWN = 20;

function show(state: State): void {
  const { source, dirty, running, parked, paused, runs, counts, refused } = state;
  const cell = (reason: string): string => reason.replace(/[|\s]+/g, ' ').slice(0, 300);
  const at = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  const rows = [
    ...[...running].map((window) => `| ${window} | running | |`),
    ...[...dirty].map(([window, { failures, reason, notBefore }]) =>
      failures === 0
        ? `| ${window} | announced | |`
        : `| ${window} | failed ${failures} times, again from ${at(notBefore)} | ${cell(reason)} |`,
    ),
    ...[...parked].map(
      ([window, reason]) => `| ${window} | needs a person: chatlake replay ${source}/${window} | ${cell(reason)} |`,
    ),
  ];
  setCurrentDetails(
    [
      `**${source}**: ${paused ? 'paused' : rows.length === 0 ? 'everything announced is done' : 'at work'}`,
      `${runs} window runs, ${countsLine(counts)}`,
      ...(refused === 0 ? [] : [`${refused} announcements could not be used; the hourly etl finds what they meant`]),
      ...(rows.length === 0 ? [] : ['| window | state | why |\n|---|---|---|']),
    ].join('\n\n') +
      rows
        .slice(0, SHOWN)
        .map((row) => `\n${row}`)
        .join('') +
      (rows.length > SHOWN ? `\n\n… and ${rows.length - SHOWN} more` : ''),
  );
}
