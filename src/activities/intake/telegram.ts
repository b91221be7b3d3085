/** The bot of this process, and how its webhook is looked at, left and entered again. What waits at Telegram is kept by all of them. */
import { PermanentError, SetupError } from '../../domain/errors.ts';
import { judgeWebhook } from '../../domain/plans/webhook-watch.ts';
import type { Ports, TelegramBot } from '../ports.ts';
import type { BotInput, LookInput, WebhookLook } from '../types.ts';

type Needs = Pick<Ports, 'telegram' | 'alerter' | 'log' | 'now'>;

/** The bot with this id. Throws SetupError when the worker has no token, PermanentError when it is another bot's. */
export function botOf(ports: Pick<Ports, 'telegram'>, bot: string): TelegramBot {
  const { telegram } = ports;
  if (telegram === undefined) {
    throw new SetupError(
      `This worker cannot call Telegram for bot ${bot}: set TELEGRAM_BOT_TOKEN and start it again; Telegram keeps updates for 24 hours.`,
    );
  }
  if (telegram.api.bot !== bot)
    throw new PermanentError(`"${bot}" is not the bot of this worker; that is ${telegram.api.bot}`);
  return telegram;
}

/** Builds the three activities. */
export function createTelegram(ports: Needs) {
  /** What Telegram says of the webhook, judged; an alert is logged, too. */
  async function lookAtWebhook({ bot, pendingLimit, recentMs }: LookInput): Promise<WebhookLook> {
    const info = await botOf(ports, bot).api.getWebhookInfo();
    const judgement = judgeWebhook(info, ports.now(), { pendingLimit, recentMs });
    const { pending } = info;
    ports.log.info('webhook.looked', { bot, pending, failing: judgement.failing });
    if (judgement.alerts.length > 0) ports.log.warn('webhook.alerted', { bot, pending, alerts: judgement.alerts });
    if (judgement.failing)
      ports.alerter.raise({ name: 'WebhookFailing', thing: `bot ${bot}`, summary: judgement.alerts.join(' ') });
    return { ...judgement, pending };
  }

  /** Removes the webhook, so that updates can be polled. */
  async function leaveWebhook({ bot }: BotInput): Promise<void> {
    await botOf(ports, bot).api.deleteWebhook(false);
    ports.log.info('webhook.left', { bot });
  }

  /** Sets the webhook as it is configured. Throws SetupError when its address or secret is not. */
  async function enterWebhook({ bot }: BotInput): Promise<void> {
    const { api, webhook } = botOf(ports, bot);
    await api.setWebhook(webhook());
    ports.log.info('webhook.entered', { bot });
  }

  return { lookAtWebhook, leaveWebhook, enterWebhook };
}
