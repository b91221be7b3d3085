/**
 * pollUpdates: a bounded slice of long polling. Updates are written raw, and only then confirmed, by the offset of the next request;
 * what was not confirmed Telegram gives out again, so no offset is ever remembered from one slice to the next.
 */
import { Context } from '@temporalio/activity';
import type { BotApi, Update } from '../../adapters/telegram/bot-api.ts';
import { messageOf } from '../../domain/errors.ts';
import type { ReceivedMessage } from '../../domain/formats/raw.ts';
import { TELEGRAM, UPDATE_KINDS } from '../../domain/sources/telegram/kinds.ts';
import type { Ports } from '../ports.ts';
import { botOf } from './telegram.ts';
import type { PollInput, PollResult } from '../types.ts';
import { writeRaw } from '../../lake/raw.ts';

type Needs = Pick<Ports, 'telegram' | 'store' | 'announcer' | 'tracer' | 'log' | 'now'>;

/** The most Telegram gives out at once. */
const LIMIT = 100;
const WAIT_S = 25;
const BEAT_MS = 1_000;
/** For the last confirmation of a slice that is asked to end. */
const CONFIRM_MS = 5_000;

/** Builds the activity. A slice ends by time, when `stopping` aborts, or when a webhook or another poller gets the updates instead. */
export function createPollUpdates(ports: Needs, stopping: AbortSignal) {
  return async function pollUpdates({ bot, sliceMs }: PollInput): Promise<PollResult> {
    const { api } = botOf(ports, bot);
    const context = Context.current();
    const signal = AbortSignal.any([context.cancellationSignal, stopping]);
    const until = ports.now() + sliceMs;
    const total = { messages: 0, objects: 0 };
    let offset: number | undefined;
    const beat = (): void => context.heartbeat({ messages: total.messages });
    const timer = setInterval(beat, BEAT_MS);
    beat();
    try {
      for (let left = sliceMs; left > 0; left = until - ports.now()) {
        const timeoutS = Math.min(WAIT_S, Math.ceil(left / 1_000));
        const asked = offset === undefined ? {} : { offset };
        const request = { ...asked, limit: LIMIT, timeoutS, allowedUpdates: UPDATE_KINDS };
        const answer = await api.getUpdates(request, signal).catch((error: unknown) => {
          // Cut short because the process stops, it is a slice like any other.
          if (stopping.aborted && !context.cancellationSignal.aborted) return undefined;
          throw error;
        });
        if (answer === undefined) break;
        if (answer.kind !== 'updates') {
          ports.log.warn('poll.ended', { bot, how: answer.kind });
          offset = undefined; // confirming would end the other poller's waiting; what is not confirmed comes again
          return { ...total, outcome: answer.kind };
        }
        const last = answer.updates.at(-1);
        if (last === undefined) {
          offset = undefined; // the request confirmed it; ids may restart meanwhile
          continue;
        }
        const attributes = { 'chatlake.source': TELEGRAM, 'chatlake.messages': answer.updates.length };
        const { updates } = answer;
        await ports.tracer.span('land', { parent: null, attributes }, () => land(ports, bot, updates));
        total.messages += answer.updates.length;
        total.objects += 1;
        // The order is the promise: the raw object is durable above; only a request with this offset confirms it.
        offset = last.updateId + 1;
      }
      return { ...total, outcome: 'slice' };
    } finally {
      clearInterval(timer);
      if (offset !== undefined) await confirm(ports, api, offset);
    }
  };
}

async function land(ports: Needs, bot: string, updates: readonly Update[]): Promise<void> {
  const openedAt = ports.now();
  const messages = updates.map(({ body }): ReceivedMessage => ({
    id: '',
    receivedAt: openedAt,
    headers: { origin: 'poll', bot },
    body,
  }));
  const { key, count, bytes, window } = await writeRaw(ports.store, TELEGRAM, openedAt, messages);
  ports.announcer.announce(TELEGRAM, window);
  ports.log.info('batch.landed', { source: TELEGRAM, key, count, bytes });
}

/** Confirms what is durable, though the slice ends. Where it fails, the updates come again and are counted as duplicates. */
async function confirm(ports: Needs, api: BotApi, offset: number): Promise<void> {
  const request = { offset, limit: 1, timeoutS: 0, allowedUpdates: UPDATE_KINDS };
  try {
    await api.getUpdates(request, AbortSignal.timeout(CONFIRM_MS));
  } catch (error) {
    ports.log.warn('poll.unconfirmed', { bot: api.bot, reason: messageOf(error) });
  }
}
