/** Judging the windows of quarantined messages again, by the workflow `backfill`. */
import { createHash } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client';
import { TransientError, messageOf } from '../../domain/errors.ts';
import { parseSealName } from '../../domain/layout.ts';
import type { Window } from '../../domain/window.ts';
import type { Config } from '../../wiring/config.ts';
import { openClient } from '../../wiring/temporal.ts';
import type { Quarantined } from './groups.ts';

/** Windows that one run of `backfill` takes by name. */
const WINDOWS_PER_RUN = 500;

export interface Replayed {
  readonly workflowId: string;
  readonly windows: number;
  readonly result: unknown;
}

/** The windows that hold these messages, in order. */
export const windowsOf = (messages: readonly Quarantined[]): readonly Window[] =>
  [...new Set(messages.map(({ seal }) => parseSealName(seal).window))].sort();

/** Rebuilds windows with today's contract and waits for the end; joins a run that does the same already. Throws TransientError when one fails. */
export async function rebuildWindows(
  config: Config,
  source: string,
  windows: readonly Window[],
  say: (text: string) => void,
): Promise<readonly Replayed[]> {
  const { client, close } = await openClient(config);
  try {
    const done: Replayed[] = [];
    for (let i = 0; i < windows.length; i += WINDOWS_PER_RUN) {
      const some = windows.slice(i, i + WINDOWS_PER_RUN);
      const name = createHash('sha256').update(some.join()).digest('hex').slice(0, 12);
      const workflowId = `backfill/${source}/quarantine-${name}`;
      say(`${workflowId}: ${some.length} windows, ${some[0] ?? ''} to ${some.at(-1) ?? ''}`);
      await client.workflow
        .start('backfill', {
          workflowId,
          taskQueue: config.CHATLAKE_TASK_QUEUE,
          args: [{ source, windows: some, rebuild: true }],
          staticSummary: `${some.length} windows of ${source} with quarantined messages, asked by chatlake quarantine replay`,
        })
        .catch((error: unknown) => {
          if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        });
      const result: unknown = await client.workflow
        .getHandle(workflowId)
        .result()
        .catch((error: unknown) => {
          throw failure(error, workflowId);
        });
      done.push({ workflowId, windows: some.length, result });
    }
    return done;
  } finally {
    await close();
  }
}

function failure(error: unknown, workflowId: string): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  let cause: Error = error;
  while (cause.cause instanceof Error) cause = cause.cause;
  return new TransientError(
    `The rebuild ended early: ${messageOf(cause)}; verdicts are what they were where it did not come to: look at workflow ${workflowId} in the Temporal UI, then run it again.`,
  );
}
