/** consume: slices of one subscription, for ever; paused, resumed and stopped by signal. */
import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { IngestActivities } from '../activities/index.ts';
import { type ConsumeWorkflowInput, readConsumeInput } from '../domain/inputs/consume.ts';
import { readOrFail } from './input-failure.ts';
import { INGEST, INGEST_QUEUE, SLICE_MS, STOLEN_PAUSE } from './policies.ts';
import { takeSlices } from './slices.ts';

/** Consumes until it is stopped. A pause ends the running slice: nothing is taken or acknowledged until it resumes. */
export async function consume(input?: ConsumeWorkflowInput): Promise<{ readonly messages: number }> {
  const { subscription } = readOrFail(() => readConsumeInput(input));
  const { consumeBatch } = proxyActivities<IngestActivities>({
    ...INGEST,
    taskQueue: INGEST_QUEUE(workflowInfo().taskQueue),
  });
  return takeSlices({
    name: subscription,
    source: subscription,
    async take() {
      const { outcome, messages } = await consumeBatch.executeWithOptions({ summary: `a slice of ${subscription}` }, [
        { subscription, sliceMs: SLICE_MS },
      ]);
      if (outcome === 'slice') return { messages, note: 'running' };
      const wait = { time: STOLEN_PAUSE, why: 'another consumer has the subscription' };
      return { messages, note: 'another consumer took the subscription', wait };
    },
    continueAsNew: () => continueAsNew<typeof consume>({ subscription }),
  });
}
