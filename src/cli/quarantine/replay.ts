/** Judging the windows of quarantined messages again, by the workflow `backfill`. */
import { createHash } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { parseSealName } from '../../domain/formats/layout.ts';
import type { Window } from '../../domain/window.ts';
import type { Config } from '../../wiring/config.ts';
import { withClient } from '../../wiring/temporal.ts';
import { type Terminal, follow } from '../follow-backfill.ts';
import type { Quarantined } from './groups.ts';

/** Windows that one run of `backfill` takes by name. */
const WINDOWS_PER_RUN = 500;

/** The windows that hold these messages, in order. */
export const windowsOf = (messages: readonly Quarantined[]): readonly Window[] =>
  [...new Set(messages.map(({ seal }) => parseSealName(seal).window))].sort();

/** Rebuilds windows with today's contract and looks on to the end, run by run; joins one that does the same already. Answers the exit code. */
export async function rebuildWindows(
  config: Config,
  { source, windows }: { readonly source: string; readonly windows: readonly Window[] },
  terminal: Terminal,
  json: boolean,
): Promise<0 | 1> {
  return withClient(config, async (client) => {
    let code: 0 | 1 = 0;
    for (let i = 0; i < windows.length; i += WINDOWS_PER_RUN) {
      const some = windows.slice(i, i + WINDOWS_PER_RUN);
      const name = createHash('sha256').update(some.join()).digest('hex').slice(0, 12);
      const workflowId = `backfill/${source}/quarantine-${name}`;
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
      const howTo = `chatlake quarantine replay --source ${source}`;
      const ended = await follow(client.workflow.getHandle(workflowId), terminal, { json, howTo });
      if (ended === 1) code = 1;
    }
    return code;
  });
}
