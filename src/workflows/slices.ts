/** The life of a workflow that takes bounded slices for ever: paused, resumed and stopped by signal, continued as new. */
import {
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Duration } from '@temporalio/common';
import type { Source } from '../domain/layout.ts';
import { readRunSetting } from './run-setting.ts';

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

/** Takes slices until it is stopped. A pause ends the running slice: nothing is taken or confirmed until it resumes. */
export async function takeSlices({
  name,
  source,
  take,
  continueAsNew,
}: SliceWork): Promise<{ readonly messages: number }> {
  const state: State = { paused: false, stopped: false, messages: 0, note: 'starting' };
  let slice: CancellationScope | undefined;
  const handle = (signal: ReturnType<typeof defineSignal>, description: string, change: Partial<State>): void => {
    const onSignal = (): void => {
      Object.assign(state, change);
      if (state.paused || state.stopped) slice?.cancel();
    };
    setHandler(signal, onSignal, { description });
  };
  handle(pauseSignal, 'Stop taking messages; whoever sent them keeps them', { paused: true });
  handle(resumeSignal, 'Take messages again', { paused: false });
  handle(stopSignal, 'End this workflow; start it again to resume', { stopped: true });
  const isStopped = (): boolean => state.stopped;
  const { tag } = await readRunSetting();
  tag({ source, stage: 'running' });

  for (let slices = 0; !isStopped(); slices += 1) {
    show(name, state);
    await condition(() => !state.paused || state.stopped);
    if (isStopped()) break;
    if (slices >= SLICES_PER_RUN || workflowInfo().continueAsNewSuggested) await continueAsNew();
    slice = new CancellationScope();
    try {
      const { messages, note, wait } = await slice.run(take);
      state.messages += messages;
      state.note = note;
      if (wait !== undefined) {
        show(name, state);
        await sleep(wait.time, { summary: wait.why });
      }
    } catch (error) {
      if (!isCancellation(error) || !(state.paused || isStopped())) throw error;
    }
  }
  tag({ stage: 'done' });
  return { messages: state.messages };
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
