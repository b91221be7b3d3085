/** The standing workflow of a bot, by TELEGRAM_MODE. */
import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Log } from '../observe/events.ts';
import type { Config } from '../wiring/config.ts';
import { openTelegram } from '../wiring/telegram.ts';

/**
 * polling: starts poll/<bot> and ends the watch of its webhook. webhook: starts watch/<bot>, which ends a poll/<bot> as soon as the
 * webhook is set; without a token nothing can be watched, and the log says so. off: neither. Returns the id of the one
 * that is to run, undefined where none is. Throws SetupError when polling lacks a token.
 */
export async function startTelegram(client: Client, config: Config, log: Log): Promise<string | undefined> {
  const { TELEGRAM_MODE: mode, TELEGRAM_BOT_TOKEN: token, CHATLAKE_TASK_QUEUE: taskQueue } = config;
  if (mode === 'off') return undefined;
  if (mode === 'webhook' && token === undefined) {
    log.warn('watch.omitted', {
      reason: 'TELEGRAM_BOT_TOKEN is not set, so nobody looks whether updates wait at Telegram',
    });
    return undefined;
  }
  const { bot } = openTelegram(config).api;
  const [type, workflowId, staticSummary] =
    mode === 'polling'
      ? ['poll', `poll/${bot}`, `polls the updates of bot ${bot}, for ever`]
      : ['watchWebhook', `watch/${bot}`, `watches the webhook of bot ${bot}, for ever`];
  if (mode === 'polling') await stop(client, `watch/${bot}`);
  try {
    await client.workflow.start(type, { workflowId, taskQueue, args: [{ bot }], staticSummary });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  return workflowId;
}

async function stop(client: Client, workflowId: string): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId).signal('stop');
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
