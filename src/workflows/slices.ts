/**
 * The life of a workflow that takes bounded slices for ever: paused, resumed and stopped by signal, continued as new. A slice that
 * fails for good is no end: whoever sent the messages keeps them, so it waits and tries again, and says why.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Duration } from '@temporalio/common';
import { INVALID_INPUT } from '../domain/errors.ts';
import type { Source } from '../domain/formats/layout.ts';
import { FAILED_PAUSE } from './policies.ts';
import { readRunSetting } from './run-setting.ts';
import { causeOf } from './run-windows.ts';

export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
export const stopSignal = defineSignal('stop');

/** Slices of one run; then it continues as new, long before its history is long. */
const SLICES_PER_RUN = 200;

/** How a slice ended. `wait`: how long to leave it before the next, and why. */
export interface SliceEnd {
  readonly messages: number;
  readonly note: string;
  readonly wait?: { readonly time: Duration; readonly why: string };
}

export interface SliceWork {
  /** Shown to the person who looks. */
  readonly name: string;
  readonly source: Source;
  readonly take: () => Promise<SliceEnd>;
  readonly continueAsNew: () => Promise<never>;
}

/** Takes slices until it is stopped or cancelled. A pause ends the running slice: nothing is taken or confirmed until it resumes. */
export async function takeSlices({
  name,
  source,
  take,
  continueAsNew,
}: SliceWork): Promise<{ readonly messages: number }> {
  const state: State = { paused: false, stopped: false, messages: 0, note: 'starting' };
  const cutShort = handleSignals(state);
  const isStopped = (): boolean => state.stopped;
  const { tag } = await readRunSetting();
  tag({ source, stage: 'running' });

  for (let slices = 0; !isStopped(); slices += 1) {
    show(name, state);
    await condition(() => !state.paused || state.stopped);
    if (isStopped()) break;
    if (slices >= SLICES_PER_RUN || workflowInfo().continueAsNewSuggested) await continueAsNew();
    const end = await endOf(take, cutShort);
    if (end === undefined) continue;
    state.messages += end.messages;
    state.note = end.note;
    if (end.wait === undefined) continue;
    show(name, state);
    await condition(() => state.paused || state.stopped, end.wait.time, { summary: end.wait.why });
  }
  tag({ stage: 'done' });
  return { messages: state.messages };
}

/** Runs a slice that the signals can cut short; undefined when they did. Wrong input is the only failure that ends the workflow. */
async function endOf(take: SliceWork['take'], cutShort: CutShort): Promise<SliceEnd | undefined> {
  const scope = new CancellationScope();
  // A pause may be over by the time the slice has ended: what counts is that it was we who cut this one short.
  const slice = { cut: false };
  cutShort.now = (): void => {
    slice.cut = true;
    scope.cancel();
  };
  try {
    return await scope.run(take);
  } catch (error) {
    if (slice.cut && (isCancellation(error) || error instanceof ActivityFailure)) return undefined;
    if (isCancellation(error) || !(error instanceof ActivityFailure) || isInvalidInput(error)) throw error;
    const why = `the slice failed, and is tried again: ${causeOf(error)}`;
    return { messages: 0, note: why, wait: { time: FAILED_PAUSE, why: 'the last slice failed' } };
  } finally {
    cutShort.now = undefined;
  }
}

const isInvalidInput = ({ cause }: ActivityFailure): boolean =>
  cause instanceof ApplicationFailure && cause.type === INVALID_INPUT;

/** Ends the slice that runs, if one does. */
interface CutShort {
  now: (() => void) | undefined;
}

function handleSignals(state: State): CutShort {
  const cutShort: CutShort = { now: undefined };
  const handle = (signal: ReturnType<typeof defineSignal>, description: string, change: Partial<State>): void => {
    const onSignal = (): void => {
      Object.assign(state, change);
      if (state.paused || state.stopped) cutShort.now?.();
    };
    setHandler(signal, onSignal, { description });
  };
  handle(pauseSignal, 'Stop taking messages; whoever sent them keeps them', { paused: true });
  handle(resumeSignal, 'Take messages again', { paused: false });
  handle(stopSignal, 'End this workflow; start it again to resume', { stopped: true });
  return cutShort;
}

interface State {
  paused: boolean;
  stopped: boolean;
  messages: number;
  note: string;
}

function show(name: string, state: State): void {
  setCurrentDetails(
    `**${name}**: ${state.paused ? 'paused' : state.note}; ${state.messages} messages landed by this run`,
  );
}
