/** The methods of the Bot API that chatlake uses, answering as the real server does. */
import type { Json, JsonObject } from '../../domain/json.ts';
import { ApiError } from './api-error.ts';
import type { Chats } from './chats.ts';
import type { Clock } from './clock.ts';
import type { Inbox } from './inbox.ts';
import type { LongPoll } from './long-poll.ts';
import type { Webhook, WebhookState } from './webhook.ts';

/** Performs a method; the JSON text of its result. */
type Method = (args: JsonObject, signal: AbortSignal) => Promise<string> | string;

interface BotState {
  readonly me: JsonObject;
  readonly inbox: Inbox;
  readonly chats: Chats;
  readonly polling: LongPoll;
  readonly webhook: Webhook;
  readonly clock: Clock;
}

/** By their names in lower case: the real server, too, reads them without regard to case. */
export function botMethods({ me, inbox, chats, polling, webhook, clock }: BotState): Readonly<Record<string, Method>> {
  const allow = (args: JsonObject): void => {
    const kinds = args['allowed_updates'];
    // Left out, the previous setting stays.
    if (Array.isArray(kinds)) inbox.allow(kinds.filter((kind): kind is string => typeof kind === 'string'));
  };
  return {
    getme: () =>
      JSON.stringify({
        ...me,
        can_join_groups: true,
        can_read_all_group_messages: true,
        supports_inline_queries: false,
      }),
    async getupdates(args, signal) {
      if (webhook.state.settings !== undefined) {
        throw new ApiError(
          409,
          "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        );
      }
      allow(args);
      const request = {
        offset: numberOf(args['offset']),
        limit: numberOf(args['limit']),
        timeoutS: numberOf(args['timeout']),
      };
      return `[${(await polling.read(request, signal)).join(',\n')}]`;
    },
    setwebhook(args) {
      const url = textOf(args['url']);
      if (url !== '' && !/^https?:\/\/[^/]/.test(url)) throw new ApiError(400, 'Bad Request: bad webhook: invalid URL');
      const secretToken = textOf(args['secret_token']);
      if (!/^[A-Za-z0-9_-]{0,256}$/.test(secretToken))
        throw new ApiError(400, 'Bad Request: secret token contains unallowed characters');
      if (args['drop_pending_updates'] === true) inbox.clear();
      allow(args);
      polling.terminate('setWebhook request');
      const maxConnections = Math.min(numberOf(args['max_connections']) || 40, 100);
      webhook.set(url === '' ? undefined : { url, secretToken, maxConnections });
      return 'true';
    },
    deletewebhook(args) {
      if (args['drop_pending_updates'] === true) inbox.clear();
      webhook.set(undefined);
      return 'true';
    },
    getwebhookinfo: () => JSON.stringify(webhookInfo(webhook.state, inbox)),
    sendmessage(args) {
      const text = textOf(args['text']);
      if (text === '') throw new ApiError(400, 'Bad Request: message text is empty');
      return JSON.stringify(chats.say(idText(args['chat_id']), text, me, clock.now()));
    },
  };
}

const webhookInfo = ({ settings, lastErrorAt, lastError }: WebhookState, inbox: Inbox) => ({
  url: settings?.url ?? '',
  has_custom_certificate: false,
  pending_update_count: inbox.waiting().length,
  ...(lastErrorAt === undefined
    ? {}
    : { last_error_date: Math.floor(lastErrorAt / 1_000), last_error_message: lastError }),
  ...(settings === undefined ? {} : { max_connections: settings.maxConnections }),
  ...(inbox.allowed.length === 0 ? {} : { allowed_updates: inbox.allowed }),
});

const numberOf = (value: Json | undefined): number => {
  const number = Number(value ?? 0);
  return Number.isSafeInteger(number) ? number : 0;
};

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

const idText = (value: Json | undefined): string => (typeof value === 'number' ? String(value) : textOf(value));
