/** One bot as Telegram sees it: the methods of the Bot API, and what a test or the demo may make happen to it. */
import { randomInt } from 'node:crypto';
import type { JsonObject } from '../../domain/json.ts';
import { ApiError } from './api-error.ts';
import { openChats } from './chats.ts';
import type { Clock } from './clock.ts';
import { openInbox, parseUpdate } from './inbox.ts';
import { openLongPoll } from './long-poll.ts';
import { botMethods } from './methods.ts';
import { openWebhook } from './webhook.ts';

/** A failure to be answered in place of a method’s result, `times` times. */
export interface InjectedFailure {
  readonly code: number;
  readonly description: string;
  readonly parameters?: JsonObject;
  readonly times: number;
}

/** What happens to the bot from outside. */
export interface TelegramControl {
  /** Something happens in a chat: an update without `update_id`; a text is delivered as it is. Returns the id it was given, or undefined when the bot did not ask for its kind. */
  update(update: JsonObject | string): number | undefined;
  /** Delivers an update once more. */
  repeat(updateId: number): void;
  /** Turns the order of what waits round. */
  reorder(): void;
  /** Ids restart, as they do after a week without updates; at random unless `next` is given. */
  jump(next?: number): void;
  /** A group becomes a supergroup: both service messages are delivered. Returns its new id. */
  migrate(chatId: string): string;
  /** The next calls of a method fail. */
  fail(method: string, failure: InjectedFailure): void;
  /** How often each method was called. */
  readonly calls: ReadonlyMap<string, number>;
  readonly pending: number;
}

export interface EmulatedBot {
  readonly control: TelegramControl;
  /** Performs a method; resolves with the JSON text of its result. Throws ApiError as the real API refuses. */
  call(method: string, args: JsonObject, signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

const SUPERGROUP = 10n ** 12n;

/** A bot without webhook and without updates. */
export function openBot(id: number, clock: Clock): EmulatedBot {
  const me = { id, is_bot: true, first_name: 'chatlake', username: 'chatlake_demo_bot' };
  const inbox = openInbox(clock);
  const chats = openChats();
  const polling = openLongPoll(inbox);
  const calls = new Map<string, number>();
  const failures = new Map<string, { failure: InjectedFailure; left: number }>();
  const never = new AbortController().signal;
  // A refusal of what the bot asked in its answer is told to nobody, by the real server too.
  const webhook = openWebhook(inbox, clock, (method, args) => void call(method, args, never).catch(() => undefined));

  const methods = botMethods({ me, inbox, chats, polling, webhook, clock });

  async function call(name: string, args: JsonObject, signal: AbortSignal): Promise<string> {
    const key = name.toLowerCase();
    calls.set(key, (calls.get(key) ?? 0) + 1);
    const injected = failures.get(key);
    if (injected !== undefined && injected.left > 0) {
      injected.left -= 1;
      throw new ApiError(injected.failure.code, injected.failure.description, injected.failure.parameters);
    }
    const method = methods[key];
    if (method === undefined) throw new ApiError(404, 'Not Found: method not found');
    return method(args, signal);
  }

  const control: TelegramControl = {
    update(update) {
      const known = chats.complete(typeof update === 'string' ? parseUpdate(update) : update, clock.now());
      return inbox.add(typeof update === 'string' ? update : JSON.stringify(known));
    },
    repeat: (updateId) => inbox.repeat(updateId),
    reorder: () => inbox.reorder(),
    jump: (next) => inbox.jump(next),
    migrate(chatId) {
      const to = String(-(SUPERGROUP + BigInt(randomInt(1_000_000, 2_000_000_000))));
      for (const message of chats.migrate(chatId, to, clock.now())) inbox.add(JSON.stringify({ message }));
      return to;
    },
    fail: (method, failure) => void failures.set(method.toLowerCase(), { failure, left: failure.times }),
    calls,
    get pending() {
      return inbox.waiting().length;
    },
  };
  return { control, call, close: () => webhook.close() };
}
