/**
 * The port of Telegram's Bot API, for one bot. Every method throws TransientError (try again, after `retryAfterMs` where Telegram
 * said so), SetupError (the token is refused) or PermanentError (Telegram refuses the call); none of them ever holds the token.
 */
import type { WebhookInfo } from '../../domain/plans/webhook-watch.ts';

export interface BotFacts {
  readonly id: string;
  readonly username: string;
  readonly canJoinGroups: boolean;
  /** False while privacy mode is on: in groups the bot then sees little more than commands. */
  readonly canReadAllGroupMessages: boolean;
}

export interface UpdatesRequest {
  /** The last update id plus 1: confirms all before it. Absent: from the first that is not confirmed. */
  readonly offset?: number;
  readonly limit: number;
  readonly timeoutS: number;
  readonly allowedUpdates: readonly string[];
}

/** One update: its bytes as received. */
export interface Update {
  readonly updateId: number;
  readonly body: Uint8Array;
}

/**
 * What came of asking for updates. `webhookActive`: the bot has a webhook, and only that gets updates. `otherPoller`: another caller
 * asks for the same bot's updates.
 */
export type UpdatesAnswer =
  | { readonly kind: 'updates'; readonly updates: readonly Update[] }
  | { readonly kind: 'webhookActive' }
  | { readonly kind: 'otherPoller' };

export interface WebhookRequest {
  readonly url: string;
  readonly secretToken: string;
  readonly maxConnections: number;
  readonly allowedUpdates: readonly string[];
}

/** `migrated`: the group became a supergroup, whose id is `to`; nothing was sent. */
export type SendAnswer =
  { readonly kind: 'sent'; readonly response: Uint8Array } | { readonly kind: 'migrated'; readonly to: string };

export interface BotApi {
  /** The bot's numeric id. */
  readonly bot: string;
  getMe(): Promise<BotFacts>;
  /** Waits up to `timeoutS` for updates. Rejects with the signal's reason when it aborts. */
  getUpdates(request: UpdatesRequest, signal: AbortSignal): Promise<UpdatesAnswer>;
  /** Sets the webhook; what waits is kept and will be delivered to it. */
  setWebhook(request: WebhookRequest): Promise<void>;
  /** Removes the webhook; what waits is kept unless it is to be dropped. */
  deleteWebhook(dropPending: boolean): Promise<void>;
  getWebhookInfo(): Promise<WebhookInfo>;
  /** Sends a text; the response's bytes are the only record of it, because a bot gets no update of what it sends. */
  sendMessage(chat: string, text: string): Promise<SendAnswer>;
}
