/** The Bot API of one bot: its methods as the port has them. */
import { z } from 'zod';
import { PermanentError, SetupError } from '../../domain/errors.ts';
import type { BotApi, UpdatesAnswer } from './bot-api.ts';
import { createCaller } from './caller.ts';
import { splitResult } from './split-items.ts';

export interface BotApiOptions {
  readonly apiRoot: string;
  /** `<bot id>:<secret>`. */
  readonly token: string;
  /** Of a call that does not wait for updates. */
  readonly timeoutMs: number;
}

const TOKEN = /^(\d+):[\w-]+$/;

const meShape = z.object({
  id: z.number(),
  username: z.string().default(''),
  can_join_groups: z.boolean().default(false),
  can_read_all_group_messages: z.boolean().default(false),
});
const infoShape = z.object({
  url: z.string(),
  pending_update_count: z.number(),
  last_error_date: z.number().optional(),
  last_error_message: z.string().optional(),
  max_connections: z.number().optional(),
  allowed_updates: z.array(z.string()).optional(),
});
const updateShape = z.object({ update_id: z.number().int() });

/** A client of one bot. Throws SetupError for a token or an address of another form, without quoting the token. */
export function createBotApi({ apiRoot, token, timeoutMs }: BotApiOptions): BotApi {
  const bot = TOKEN.exec(token)?.[1];
  if (bot === undefined)
    throw new SetupError('TELEGRAM_BOT_TOKEN is not a token: it looks like 1234567:letters, as @BotFather shows it.');
  if (!URL.canParse(apiRoot) || !/^https?:/.test(apiRoot))
    throw new SetupError('TELEGRAM_API_ROOT is not an address: it looks like https://api.telegram.org.');
  const { ask, result, refuse } = createCaller({ bot, token, root: apiRoot.replace(/\/+$/, ''), timeoutMs });

  return {
    bot,
    async getMe() {
      const me = await result('getMe', {}, meShape);
      return {
        id: String(me.id),
        username: me.username,
        canJoinGroups: me.can_join_groups,
        canReadAllGroupMessages: me.can_read_all_group_messages,
      };
    },
    async getUpdates({ offset, limit, timeoutS, allowedUpdates }, signal) {
      const args = {
        ...(offset === undefined ? {} : { offset }),
        limit,
        timeout: timeoutS,
        allowed_updates: allowedUpdates,
      };
      const answer = await ask('getUpdates', args, timeoutS * 1_000, signal);
      if (answer.kind === 'ok') return updatesOf(answer.result, answer.bytes, bot);
      if (answer.code !== 409) throw refuse('getUpdates', answer);
      // Both are 409 and differ in their text only; setWebhook ends the waiting, so it belongs to the webhook.
      return { kind: /webhook/i.test(answer.description) ? 'webhookActive' : 'otherPoller' };
    },
    async setWebhook({ url, secretToken, maxConnections, allowedUpdates }) {
      const args = { url, secret_token: secretToken, max_connections: maxConnections, allowed_updates: allowedUpdates };
      await result('setWebhook', args, z.literal(true));
    },
    async deleteWebhook(dropPending) {
      await result('deleteWebhook', { drop_pending_updates: dropPending }, z.literal(true));
    },
    async getWebhookInfo() {
      const info = await result('getWebhookInfo', {}, infoShape);
      return {
        url: info.url,
        pending: info.pending_update_count,
        lastErrorAt: info.last_error_date === undefined ? null : info.last_error_date * 1_000,
        lastError: info.last_error_message ?? null,
        maxConnections: info.max_connections ?? null,
        allowedUpdates: info.allowed_updates ?? null,
      };
    },
    async sendMessage(chat, text) {
      const answer = await ask('sendMessage', { chat_id: chat, text });
      if (answer.kind === 'ok') return { kind: 'sent', response: answer.bytes };
      if (answer.migratedTo !== undefined) return { kind: 'migrated', to: answer.migratedTo };
      throw refuse('sendMessage', answer);
    },
  };
}

function updatesOf(result: unknown, bytes: Uint8Array, bot: string): UpdatesAnswer {
  const parsed = z.array(updateShape).safeParse(result);
  const bodies = parsed.success ? splitResult(bytes) : [];
  if (!parsed.success || bodies.length !== parsed.data.length)
    throw new PermanentError(
      `What Telegram answered to getUpdates of bot ${bot} cannot be read; nothing was confirmed.`,
    );
  return {
    kind: 'updates',
    updates: parsed.data.map(({ update_id: updateId }, n) => ({ updateId, body: bodies[n] as Uint8Array })),
  };
}
