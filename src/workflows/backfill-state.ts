/** What a backfill knows of itself: what it shows, what changes it by signal, and what it leaves to its next run. */
import { defineQuery, defineSignal, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { BackfillProgress } from '../domain/plans/backfill.ts';
import { progressMarkdown } from '../domain/plans/backfill-text.ts';
import { NO_COUNTS } from '../domain/counts.ts';
import type { BackfillSettings } from '../domain/inputs/backfill.ts';
import type { Window } from '../domain/window.ts';
import { pauseSignal, resumeSignal } from './slices.ts';

const publishSignal = defineSignal('publish');
const discardSignal = defineSignal('discard');
const progressQuery = defineQuery<BackfillProgress>('progress');

/** What one run of the workflow leaves to the next. */
export interface Carried extends Omit<BackfillProgress, 'running' | 'left' | 'perSecond' | 'secondsLeft' | 'decideBy'> {
  /** Windows of the present phase that were taken. */
  readonly next: number;
  readonly decideByMs: number | null;
  /** Time worked in the present phase, pauses left out. */
  readonly workedMs: number;
}

export type State = { -readonly [K in keyof Carried]: Carried[K] } & {
  readonly running: Set<Window>;
  decision: 'publish' | 'discard' | undefined;
  /** Since when it works; undefined while it is paused. */
  since: number | undefined;
  /** Where a person finds the run of a window. */
  readonly linkOf: (window: Window) => string;
};

const FRESH: Carried = {
  phase: 'planning',
  paused: false,
  plan: null,
  total: 0,
  done: 0,
  failed: 0,
  failures: [],
  counts: NO_COUNTS,
  diff: null,
  next: 0,
  decideByMs: null,
  workedMs: 0,
};

/** The state of a run: fresh, or as the run before left it. Answers signals and queries from here on. */
export function openState({ source, rebuild }: BackfillSettings, carried: Carried = FRESH): State {
  const kind = `${rebuild ? 'rebuild' : 'etl'}/${source}/`;
  const { namespace } = workflowInfo();
  const state: State = {
    ...carried,
    running: new Set(),
    decision: undefined,
    since: carried.paused ? undefined : Date.now(),
    linkOf: (window) => `/namespaces/${namespace}/workflows/${encodeURIComponent(kind + window)}`,
  };
  handleSignals(state);
  show(state);
  return state;
}

/** What the next run of the workflow goes on from; nothing is at work meanwhile. */
export function carriedOf(state: State): Carried {
  const { phase, paused, plan, total, done, failed, failures, counts, diff, next, decideByMs } = state;
  const passed = { phase, paused, plan, total, done, failed, failures, counts, diff, next, decideByMs };
  return { ...passed, workedMs: workedMs(state) };
}

/** Begins a phase over `total` windows, or ends the work. */
export function enter(state: State, phase: State['phase'], total: number): void {
  const isOver = phase === 'done' || phase === 'discarded';
  Object.assign(state, isOver ? { phase, decideByMs: null } : { phase, total, done: 0, next: 0, workedMs: 0 });
  if (phase === 'publishing') state.decideByMs = null;
  if (state.since !== undefined) state.since = Date.now();
  show(state);
}

function handleSignals(state: State): void {
  const pause = (paused: boolean) => (): void => {
    state.workedMs = workedMs(state);
    state.since = paused ? undefined : Date.now();
    state.paused = paused;
    show(state);
  };
  // Told before there was something to look at, it is no answer.
  const decide = (decision: State['decision']) => (): void => {
    if (state.phase === 'deciding') state.decision ??= decision;
  };
  setHandler(pauseSignal, pause(true), { description: 'Start no more windows; those at work end' });
  setHandler(resumeSignal, pause(false), { description: 'Start windows again' });
  setHandler(publishSignal, decide('publish'), {
    description: 'Publish the compared rebuild exactly as its diff shows',
  });
  setHandler(discardSignal, decide('discard'), { description: 'End without publishing the compared rebuild' });
  setHandler(progressQuery, () => progressOf(state), { description: 'The plan, how far it is, what failed' });
}

const workedMs = ({ workedMs: before, since }: State): number =>
  before + (since === undefined ? 0 : Date.now() - since);

function progressOf(state: State): BackfillProgress {
  const { phase, paused, plan, total, done, failed, failures, counts, diff, next, decideByMs } = state;
  const running = [...state.running].sort();
  const left = total - next + running.length;
  const seconds = workedMs(state) / 1_000;
  const perSecond = seconds === 0 ? 0 : (next - running.length) / seconds;
  return {
    ...{ phase, paused, plan, total, done, failed, left, running, failures, counts, diff, perSecond },
    secondsLeft: perSecond === 0 ? 0 : left / perSecond,
    decideBy: decideByMs === null ? null : new Date(decideByMs).toISOString(),
  };
}

/** Shows the state to whoever looks at the run. */
export function show(state: State): void {
  setCurrentDetails(progressMarkdown(progressOf(state), state.linkOf));
}
