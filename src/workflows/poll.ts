/** poll: slices of long polling for one bot, for ever; paused, resumed and stopped by signal. Its id, poll/<bot>, keeps it single. */
import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { IngestActivities } from '../activities/index.ts';
import { type PollWorkflowInput, readPollInput } from '../domain/inputs/telegram.ts';
import { TELEGRAM } from '../domain/sources/telegram/kinds.ts';
import { readOrFail } from './input-failure.ts';
import { INGEST, INGEST_QUEUE, SLICE_MS, STOLEN_PAUSE, WEBHOOK_PAUSE } from './policies.ts';
import { type SliceEnd, takeSlices } from './slices.ts';

/** Polls until it is stopped. A pause ends the running slice: nothing is taken or confirmed until it resumes; Telegram keeps updates for 24 hours. */
export async function poll(input?: PollWorkflowInput): Promise<{ readonly messages: number }> {
  const { bot } = readOrFail(() => readPollInput(input));
  const { pollUpdates } = proxyActivities<IngestActivities>({
    ...INGEST,
    taskQueue: INGEST_QUEUE(workflowInfo().taskQueue),
  });
  return takeSlices({
    name: `bot ${bot}`,
    source: TELEGRAM,
    async take(): Promise<SliceEnd> {
      const { outcome, messages } = await pollUpdates.executeWithOptions({ summary: `a slice of bot ${bot}` }, [
        { bot, sliceMs: SLICE_MS },
      ]);
      switch (outcome) {
        case 'slice':
          return { messages, note: 'running' };
        case 'otherPoller':
          return {
            messages,
            note: 'another program polls this bot: stop it, or this workflow',
            wait: { time: STOLEN_PAUSE, why: 'another program polls this bot' },
          };
        case 'webhookActive':
          return {
            messages,
            note: 'a webhook is set, and only it gets the updates: run chatlake telegram delete (what waits is kept) to poll, or stop this workflow',
            wait: { time: WEBHOOK_PAUSE, why: 'a webhook is set' },
          };
      }
    },
    continueAsNew: () => continueAsNew<typeof poll>({ bot }),
  });
}
