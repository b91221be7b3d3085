/** The workflows that always run, started with the worker; and a look every minute whether they still do. */
import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Ports } from '../activities/ports.ts';
import { messageOf } from '../domain/errors.ts';
import type { Config } from '../wiring/config.ts';
import { openClient } from '../wiring/temporal.ts';
import { startTelegram } from './telegram.ts';

const LOOK_MS = 60_000;

export interface Standing {
  close(): Promise<void>;
}

/**
 * Starts one `consume` per subscription and the bot's workflow; one that runs already is left alone. They end when a person stops,
 * cancels or terminates them: from then on nobody takes messages, so every `lookMs` an alert tells of each that does not run.
 */
export async function startStanding(
  config: Config,
  ports: Pick<Ports, 'subscriptions' | 'log' | 'alerter'>,
  lookMs = LOOK_MS,
): Promise<Standing> {
  const { client, close } = await openClient(config);
  try {
    const ids: string[] = [];
    for (const { name } of ports.subscriptions) ids.push(await startConsume(client, config, name));
    const bot = await startTelegram(client, config, ports.log);
    if (bot !== undefined) ids.push(bot);
    const timer = setInterval(() => void Promise.all(ids.map((id) => look(client, ports, id))), lookMs);
    return {
      async close() {
        clearInterval(timer);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startConsume(client: Client, config: Config, subscription: string): Promise<string> {
  const workflowId = `consume/${subscription}`;
  try {
    await client.workflow.start('consume', {
      workflowId,
      taskQueue: config.CHATLAKE_TASK_QUEUE,
      args: [{ subscription }],
      staticSummary: `takes messages of ${subscription}, for ever`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  return workflowId;
}

async function look(client: Client, { alerter, log }: Pick<Ports, 'alerter' | 'log'>, id: string): Promise<void> {
  try {
    const status = await statusOf(client, id);
    if (status === 'RUNNING') return;
    alerter.raise({
      name: 'CannotAcknowledge',
      thing: id,
      summary: `${id} does not run any more (${status}): nobody takes its messages, and whoever sent them keeps them; start the worker again, which starts it.`,
    });
  } catch (error) {
    log.warn('standing.unseen', { workflow: id, reason: messageOf(error) });
  }
}

async function statusOf(client: Client, id: string): Promise<string> {
  try {
    return (await client.workflow.getHandle(id).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'gone';
    throw error;
  }
}
