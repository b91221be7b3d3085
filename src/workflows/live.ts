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
  type DirtyWindow,
  LIVE_WINDOWS,
  type LiveState,
  afterFailure,
  leftAloneUntil,
  nextRunAt,
  planLive,
} from '../domain/live.ts';
import type { Window } from '../domain/window.ts';
import { pauseSignal, resumeSignal } from './slices.ts';
import { readOrFail } from './input-failure.ts';
import { needsAttention } from './needs-attention.ts';
import { readRunSetting } from './run-setting.ts';
import { causeOf, eachOf, runWindow } from './run-window.ts';

export const announceSignal = defineSignal<[windows: readonly string[]]>('announce');
export const progressQuery = defineQuery<LiveProgress>('progress');

/**
 * Signals of one run; between two rounds it then continues as new. So few, because a signal that arrives meanwhile makes the
 * server ask again, and the whole history is replayed for it.
 */
const SIGNALS_PER_RUN = 200;
/** A round that takes longer than this many is not waited for: the server refuses the 10,000th. */
const SIGNALS_AT_MOST = 1_500;

export interface LiveProgress {
  readonly waiting: readonly Window[];
  readonly running: readonly Window[];
  readonly failed: readonly Window[];
  /** Windows given up on, which a person has to replay; an announcement some minutes later tries once more. */
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
  /** Windows given up on: why, and until when announcements of them are left to a person. */
  readonly parked: Map<Window, { readonly reason: string; readonly until: number }>;
  paused: boolean;
  notBefore: number;
  busyAt: number;
  runs: number;
  counts: Counts;
  refused: number;
  signals: number;
}

/**
 * Runs what is announced: the first window after quiet at once, then at most one round per interval.
 * A window is done when a run that started after its last announcement is. One that fails is tried again later, and shown; one that
 * needs a person is left alone for some minutes.
 */
export async function live(
  input?: Pick<LiveInput, 'source'> & Partial<LiveInput>,
): Promise<Pick<LiveProgress, 'runs' | 'counts'>> {
  const { windows, waitMs, ...asked } = readOrFail(() => readLiveInput(input));
  const state: State = {
    ...asked,
    dirty: new Map(),
    running: new Set(),
    parked: new Map(),
    notBefore: Date.now() + waitMs,
    busyAt: Date.now(),
    runs: 0,
    counts: NO_COUNTS,
    refused: 0,
    signals: 0,
  };
  for (const window of windows) markDirty(state, window);
  // Handlers do not wait, so that every announcement is in `dirty` before the code below decides to end or to continue as new.
  handleSignals(state);
  const { tag } = await readRunSetting();
  tag({ source: state.source, stage: 'running' });
  let rounds = 0;
  const isOverfull = (): boolean => state.signals >= SIGNALS_AT_MOST;
  // Not before a round is done: a flood of announcements would otherwise keep every run from working.
  const isFull = (): boolean =>
    isOverfull() || (rounds > 0 && (state.signals >= SIGNALS_PER_RUN || workflowInfo().continueAsNewSuggested));

  while (!isFull()) {
    show(state);
    const step = planLive(state, Date.now());
    if (step.kind === 'end') {
      tag({ stage: 'done', rows: state.counts.enriched });
      return { runs: state.runs, counts: state.counts };
    }
    if (step.kind === 'run') {
      let over = false;
      const ended = runRound(state, step.windows).finally(() => (over = true));
      rounds += 1;
      // Left behind, a round's children go on, and the next run asks them to go round again.
      await Promise.race([ended, condition(() => over || isOverfull())]);
    } else {
      const isStale = (): boolean => {
        const next = planLive(state, Date.now());
        return isFull() || next.kind !== 'wait' || next.until !== step.until;
      };
      await (step.until === Infinity
        ? condition(isStale)
        : condition(isStale, Math.max(1, step.until - Date.now()), {
            summary: 'until the next round is due, or quiet ends the run',
          }));
    }
  }
  const { source, intervalMs, paused } = state;
  const left = [...new Set([...state.running, ...state.dirty.keys()])].sort();
  const wait = Math.max(0, state.notBefore - Date.now());
  return continueAsNew<typeof live>({ source, intervalMs, paused, windows: left, waitMs: wait });
}

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

/** A window that failed keeps its back-off, however often it is announced; one that needs a person is left to `replayFailed` a while. */
function markDirty(state: State, window: Window): void {
  if (state.dirty.has(window) || Date.now() < (state.parked.get(window)?.until ?? 0)) return;
  state.parked.delete(window);
  if (state.dirty.size + state.running.size >= LIVE_WINDOWS) refuse(state, 'too many windows are waiting');
  else state.dirty.set(window, { failures: 0, reason: '', notBefore: 0 });
}

function refuse(state: State, reason: string): void {
  state.refused += 1;
  show(state);
  log.warn('announcement.refused', { source: state.source, reason });
}

async function runRound(state: State, windows: readonly Window[]): Promise<void> {
  const { source, intervalMs } = state;
  const startedAt = Date.now();
  await eachOf(windows, async (window) => {
    const failures = state.dirty.get(window)?.failures ?? 0;
    // What is announced from here on needs another run.
    state.dirty.delete(window);
    state.running.add(window);
    show(state);
    try {
      const counts = await runWindow(source, window);
      state.counts = addCounts(state.counts, counts);
      state.runs += 1;
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      if (needsAttention(error)) {
        state.parked.set(window, { reason: causeOf(error), until: leftAloneUntil(Date.now(), intervalMs) });
      } else state.dirty.set(window, afterFailure(failures, causeOf(error), Date.now(), intervalMs));
    }
    state.running.delete(window);
    show(state);
  });
  state.busyAt = Date.now();
  state.notBefore = nextRunAt(startedAt, state.busyAt, intervalMs);
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
      ([window, { reason }]) => `| ${window} | needs a person: chatlake replay ${source}/${window} | ${cell(reason)} |`,
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
