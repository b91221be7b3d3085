/** The bot a configuration names: the client of its API, and how its webhook is set. */
import type { TelegramBot } from '../activities/ports.ts';
import type { WebhookRequest } from '../adapters/telegram/bot-api.ts';
import { createBotApi } from '../adapters/telegram/client.ts';
import { SetupError } from '../domain/errors.ts';
import { UPDATE_KINDS } from '../domain/sources/telegram/kinds.ts';
import type { TelegramOptions } from '../domain/sources/telegram/rows.ts';
import { isWebhookSecret, webhookSecrets } from '../domain/sources/telegram/webhook-secret.ts';
import type { Config } from './config.ts';

const TIMEOUT_MS = 20_000;
/** Telegram's most: the gateway answers fast, and chats wait for each other only within themselves. */
const MAX_CONNECTIONS = 100;

/** The bot's numeric id: as configured, or the digits before the colon of its token. Throws SetupError for what is no number. */
export function botIdOf({ TELEGRAM_BOT_ID: id, TELEGRAM_BOT_TOKEN: token }: Config): string | undefined {
  const bot = id ?? token?.split(':')[0];
  if (bot !== undefined && !/^[1-9]\d{0,15}$/.test(bot))
    throw new SetupError('TELEGRAM_BOT_ID must be the numeric id of the bot: the digits before the colon of its token');
  return bot;
}

/** How messages of Telegram are used. Throws SetupError for a chat that is no id. */
export function telegramOptions({ TELEGRAM_CHATS: listed, TELEGRAM_TEXTS: texts }: Config): TelegramOptions {
  const chats = listed?.split(',').map((id) => id.trim());
  if (chats?.some((id) => !/^-?[1-9]\d{0,15}$/.test(id)) === true)
    throw new SetupError(
      'TELEGRAM_CHATS holds something that is no chat id: give whole numbers, comma separated, as updates show them (-1001234567890)',
    );
  return { texts: texts === 'on', chats };
}

/** The bot. Throws SetupError when there is no token, or it is another bot's than TELEGRAM_BOT_ID says. */
export function openTelegram(config: Config): TelegramBot {
  const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_BOT_ID: id } = config;
  if (token === undefined) {
    throw new SetupError(
      'TELEGRAM_BOT_TOKEN is not set: @BotFather shows it; TELEGRAM_BOT_TOKEN_FILE may name a file that holds it.',
    );
  }
  const api = createBotApi({ apiRoot: config.TELEGRAM_API_ROOT, token, timeoutMs: TIMEOUT_MS });
  if (id !== undefined && id !== api.bot)
    throw new SetupError(
      `TELEGRAM_BOT_TOKEN is the token of bot ${api.bot}, but TELEGRAM_BOT_ID is ${id}: set one of them right.`,
    );
  return { api, webhook: () => webhookOf(config, api.bot) };
}

/** How the webhook is set: always with a secret and with every kind. Throws SetupError when its address or secret is missing. */
function webhookOf(config: Config, bot: string): WebhookRequest {
  const { TELEGRAM_WEBHOOK_URL: url, TELEGRAM_API_ROOT: root } = config;
  // While it is rotated there are two; the first is the new one.
  const [secretToken = ''] = webhookSecrets(config.TELEGRAM_WEBHOOK_SECRET);
  if (!isWebhookSecret(secretToken)) {
    throw new SetupError(
      'TELEGRAM_WEBHOOK_SECRET must be 16 to 256 of A-Z, a-z, 0-9, _ and -, the same for the gateway; openssl rand -hex 32 makes one.',
    );
  }
  // Telegram itself delivers over https only; an emulator on this machine need not.
  const https = root.startsWith('https:');
  if (url === undefined || !URL.canParse(url) || !(https ? /^https:/ : /^https?:/).test(url)) {
    throw new SetupError(
      'TELEGRAM_WEBHOOK_URL must be the public https address of the gateway, such as https://chat.example.org, on port 443, 80, 88 or 8443.',
    );
  }
  return {
    url: `${url.replace(/\/+$/, '')}/telegram/${bot}`,
    secretToken,
    maxConnections: MAX_CONNECTIONS,
    allowedUpdates: UPDATE_KINDS,
  };
}
