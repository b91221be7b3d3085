/** consume: slices of one subscription, for ever; paused, resumed and stopped by signal. */
import {
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { IngestActivities } from '../activities/index.ts';
import { type ConsumeWorkflowInput, readConsumeInput } from '../domain/inputs.ts';
import { readOrFail } from './input-failure.ts';
import { INGEST, INGEST_QUEUE, SLICE_MS, STOLEN_PAUSE } from './policies.ts';

export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
export const stopSignal = defineSignal('stop');

/** Slices of one run; then it continues as new, long before its history is long. */
const SLICES_PER_RUN = 200;

/** Consumes until it is stopped. A pause ends the running slice: nothing is taken or acknowledged until it resumes. */
export async function consume(input?: ConsumeWorkflowInput): Promise<{ readonly messages: number }> {
  const { subscription } = readOrFail(() => readConsumeInput(input));
  const { consumeBatch } = proxyActivities<IngestActivities>({
    ...INGEST,
    taskQueue: INGEST_QUEUE(workflowInfo().taskQueue),
  });
  const state: State = { paused: false, stopped: false, messages: 0, note: 'starting' };
  let slice: CancellationScope | undefined;
  const handle = (signal: ReturnType<typeof defineSignal>, description: string, change: Partial<State>): void => {
    const onSignal = (): void => {
      Object.assign(state, change);
      if (state.paused || state.stopped) slice?.cancel();
    };
    setHandler(signal, onSignal, { description });
  };
  handle(pauseSignal, 'Stop taking messages; the broker keeps them', { paused: true });
  handle(resumeSignal, 'Take messages again', { paused: false });
  handle(stopSignal, 'End this workflow; start it again to resume', { stopped: true });
  const isStopped = (): boolean => state.stopped;

  for (let slices = 0; !isStopped(); slices += 1) {
    show(subscription, state);
    await condition(() => !state.paused || state.stopped);
    if (isStopped()) break;
    if (slices >= SLICES_PER_RUN || workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof consume>({ subscription });
    slice = new CancellationScope();
    try {
      const result = await slice.run(() => consumeBatch({ subscription, sliceMs: SLICE_MS }));
      state.messages += result.messages;
      state.note = result.outcome === 'stolen' ? 'another consumer took the subscription' : 'running';
      if (result.outcome === 'stolen') await sleep(STOLEN_PAUSE, { summary: 'another consumer has the subscription' });
    } catch (error) {
      if (!isCancellation(error) || !(state.paused || isStopped())) throw error;
    }
  }
  return { messages: state.messages };
}

interface State {
  paused: boolean;
  stopped: boolean;
  messages: number;
  note: string;
}

function show(subscription: string, state: State): void {
  setCurrentDetails(
    `**${subscription}**: ${state.paused ? 'paused' : state.note}; ${state.messages} messages landed by this run`,
  );
}
