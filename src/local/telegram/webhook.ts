/** Delivers what waits to the bot's webhook, by the real server's rules of order, connections and retries. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../domain/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { Clock } from './clock.ts';
import type { Inbox, Waiting } from './inbox.ts';

export interface WebhookSettings {
  readonly url: string;
  readonly secretToken: string;
  readonly maxConnections: number;
}

export interface WebhookState {
  readonly settings: WebhookSettings | undefined;
  readonly lastErrorAt: number | undefined;
  readonly lastError: string | undefined;
}

export interface Webhook {
  readonly state: WebhookState;
  set(settings: WebhookSettings | undefined): void;
  close(): Promise<void>;
}

/** Real seconds: the bot's own pace is not scaled. */
const REPLY_TIMEOUT_MS = 60_000;
const SECOND = 1_000;
const MAX_RESEND_S = 60;
const MAX_RETRY_AFTER_S = 3_600;
/** A webhook that answers 410 for so long is removed. */
const GONE_MS = 23 * 3_600 * SECOND;
const NEVER_BY_ANSWER = /^(get|deletewebhook|setwebhook|close|logout)/i;

/** Starts with no webhook set. `call` performs a method that the bot put into its answer. */
export function openWebhook(inbox: Inbox, clock: Clock, call: (method: string, args: JsonObject) => void): Webhook {
  const flights = new Set<Promise<void>>();
  const closing = new AbortController();
  let state: WebhookState = { settings: undefined, lastErrorAt: undefined, lastError: undefined };
  let goneSince: number | undefined;
  let forget = (): void => undefined;

  /** Sends the first of every queue that is due, as far as there are connections; then waits for the next that will be. */
  const deliver = (): void => {
    forget();
    const { settings } = state;
    if (settings === undefined) return;
    const now = clock.now();
    const { due, next } = dueAt(now, inbox.waiting());
    for (const update of due) if (flights.size < settings.maxConnections) fly(update, settings);
    forget = next === Infinity ? () => undefined : clock.after(next - now, deliver);
  };

  const fly = (update: Waiting, settings: WebhookSettings): void => {
    update.inFlight = true;
    const flight = post(update, settings, closing.signal)
      .then((reply) => land(update, settings, reply))
      .finally(() => {
        flights.delete(flight);
        deliver();
      });
    flights.add(flight);
  };

  const land = (update: Waiting, settings: WebhookSettings, reply: Reply): void => {
    update.inFlight = false;
    if (state.settings !== settings) return; // it was set anew meanwhile: what was not confirmed stays
    if (reply.kind === 'ok') {
      goneSince = undefined;
      inbox.remove(update);
      if (reply.method !== undefined && !NEVER_BY_ANSWER.test(reply.method)) call(reply.method, reply.args);
      return;
    }
    const now = clock.now();
    state = { ...state, lastErrorAt: now, lastError: reply.error };
    goneSince = reply.gone ? (goneSince ?? now) : undefined;
    if (goneSince !== undefined && now > goneSince + GONE_MS) state = { ...state, settings: undefined };
    retryLater(inbox, update, now, reply.retryAfterS);
  };

  inbox.listeners.add(deliver);
  return {
    get state() {
      return state;
    },
    set(settings) {
      state = { settings, lastErrorAt: undefined, lastError: undefined };
      goneSince = undefined;
      for (const update of inbox.waiting()) Object.assign(update, { wakeupAt: 0, delayS: 1, failures: 0 });
      deliver();
    },
    async close() {
      inbox.listeners.delete(deliver);
      state = { ...state, settings: undefined };
      forget();
      closing.abort();
      await Promise.all(flights);
    },
  };
}

/** Of the first of every queue, but those under way: which are due, and when the next will be. */
function dueAt(now: number, waiting: Iterable<Waiting>): { readonly due: readonly Waiting[]; readonly next: number } {
  const queues = new Set<string>();
  const due: Waiting[] = [];
  let next = Infinity;
  for (const update of waiting) {
    if (queues.has(update.queue)) continue;
    queues.add(update.queue);
    if (update.inFlight) continue;
    if (update.wakeupAt > now) next = Math.min(next, update.wakeupAt);
    else due.push(update);
  }
  return { due, next };
}

/** At once, then 2, 4, 8 … seconds up to a random 60 to 120; or as the bot asked. What would come after its expiry is dropped. */
function retryLater(inbox: Inbox, update: Waiting, now: number, retryAfterS: number): void {
  let waitS = Math.min(retryAfterS, MAX_RETRY_AFTER_S);
  if (waitS === 0 && update.failures > 0) {
    const ceiling = MAX_RESEND_S + Math.floor(Math.random() * (MAX_RESEND_S + 1));
    waitS = update.delayS = Math.min(ceiling, update.delayS * 2);
  }
  if (now + waitS * SECOND > update.expiresAt) {
    inbox.remove(update);
    return;
  }
  update.wakeupAt = now + waitS * SECOND;
  update.failures += 1;
}

type Reply =
  | { readonly kind: 'ok'; readonly method: string | undefined; readonly args: JsonObject }
  | { readonly kind: 'failed'; readonly error: string; readonly retryAfterS: number; readonly gone: boolean };

async function post(update: Waiting, settings: WebhookSettings, signal: AbortSignal): Promise<Reply> {
  await sleep(0); // `deliver` may run inside the caller's request: its answer goes first
  try {
    const response = await fetch(settings.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(settings.secretToken === '' ? {} : { 'x-telegram-bot-api-secret-token': settings.secretToken }),
      },
      body: update.text,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(REPLY_TIMEOUT_MS)]),
    });
    const text = await response.text();
    if (response.ok) return { kind: 'ok', ...methodOf(text) };
    return {
      kind: 'failed',
      error: `Wrong response from the webhook: ${response.status} ${response.statusText}`.trim(),
      retryAfterS: Number(/^\d+$/.exec(response.headers.get('retry-after') ?? '')?.[0] ?? 0),
      gone: response.status === 410,
    };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return { kind: 'failed', error: messageOf(cause), retryAfterS: 0, gone: false };
  }
}

/** A call that the bot put into its answer; an answer that is none is nothing to complain of. */
function methodOf(text: string): { method: string | undefined; args: JsonObject } {
  let answer: Json = null;
  try {
    answer = JSON.parse(text) as Json;
  } catch {
    // Most answers are empty.
  }
  const { method, ...args } = isJsonObject(answer) ? answer : {};
  return { method: typeof method === 'string' ? method : undefined, args };
}
