/**
 * Micro-batches: many requests, one raw object. Every request of a batch learns its outcome, and `landed` only after the object is
 * durable (I1). While all writes are under way the batch that waits goes on filling, so a slow store gets larger objects.
 */
import type { BatchLimits } from '../adapters/broker/broker.ts';
import type { Announcer } from '../adapters/announce/announcer.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import type { Tracer } from '../observe/trace/tracer.ts';
import type { Log } from '../observe/events.ts';
import { type WrittenRaw, writeRaw } from '../lake/raw.ts';
import { SetupError, TransientError, messageOf } from '../domain/errors.ts';
import type { Source } from '../domain/formats/layout.ts';
import type { ReceivedMessage } from '../domain/formats/raw.ts';
import type { Health } from '../wiring/health.ts';
import type { Place } from './room.ts';

export interface BatcherLimits extends BatchLimits {
  /** Writes under way at once. */
  readonly maxWrites: number;
  /** From the first message of a batch: whoever has no answer by then is told to send again. */
  readonly answerMs: number;
}

export interface BatcherParts {
  readonly source: Source;
  readonly store: ObjectStore;
  readonly announcer: Announcer;
  readonly health: Health;
  readonly log: Log;
  readonly tracer: Tracer;
  readonly now: () => number;
}

/** `refused`: not known to be stored; the sender has to repeat it, after `retryAfterS`. */
export type Landing = { readonly kind: 'landed' } | { readonly kind: 'refused'; readonly retryAfterS: number };

export interface Batcher {
  /** Puts a message into a batch and resolves with the batch's outcome; never rejects. Its place is left when nothing holds its bytes any more. */
  add(message: Pick<ReceivedMessage, 'headers' | 'body'>, place: Place): Promise<Landing>;
  /** Waits for nobody any more: what is open, and whatever comes, is written as soon as it can be. */
  hurry(): void;
}

const RETRY_S = 5;
/** Somebody has to mend something first. */
const SETUP_RETRY_S = 30;

interface Batch {
  readonly openedAt: number;
  readonly messages: ReceivedMessage[];
  readonly places: Place[];
  bytes: number;
  due: boolean;
  readonly landing: Promise<Landing>;
  /** Answers everybody, once; says whether this call did. */
  readonly answer: (landing: Landing) => boolean;
}

export function createBatcher(parts: BatcherParts, limits: BatcherLimits): Batcher {
  const waiting: Batch[] = [];
  let writing = 0;
  let hurried = false;

  function open(): Batch {
    const batch = openBatch(parts.now(), limits, {
      due: () => {
        batch.due = true;
        pump();
      },
      late: () => expire(batch),
    });
    waiting.push(batch);
    return batch;
  }

  function pump(): void {
    while (writing < limits.maxWrites && waiting[0]?.due === true) {
      const batch = waiting.shift();
      if (batch !== undefined) void write(batch);
    }
  }

  async function write(batch: Batch): Promise<void> {
    writing += 1;
    await land(parts, batch);
    leave(batch);
    writing -= 1;
    pump();
  }

  /** The write may still succeed later: then the messages are there twice, and dedupe finds it. */
  function expire(batch: Batch): void {
    refuse(parts, batch, noAnswer(parts.store, limits));
    const place = waiting.indexOf(batch);
    if (place < 0) return;
    waiting.splice(place, 1);
    leave(batch);
  }

  return {
    add({ headers, body }, place) {
      let batch = waiting.at(-1);
      if (batch === undefined || !fits(batch, body.byteLength, limits)) {
        if (batch !== undefined) batch.due = true;
        batch = open();
      }
      batch.messages.push({ id: '', receivedAt: batch.openedAt, headers, body });
      batch.places.push(place);
      batch.bytes += body.byteLength;
      batch.due ||= hurried || batch.messages.length >= limits.maxMessages || batch.bytes >= limits.maxBytes;
      pump();
      return batch.landing;
    },
    hurry() {
      hurried = true;
      for (const batch of waiting) batch.due = true;
      pump();
    },
  };
}

/** Writes a batch and gives everybody in it the outcome. */
async function land(parts: BatcherParts, batch: Batch): Promise<void> {
  const { source, store, tracer } = parts;
  const attributes = { 'chatlake.source': source, 'chatlake.messages': batch.messages.length };
  try {
    await tracer.span('land', { parent: null, attributes }, async () =>
      landed(parts, batch, await writeRaw(store, source, batch.openedAt, batch.messages)),
    );
  } catch (error) {
    refuse(parts, batch, error);
  }
}

function landed(
  { source, announcer, health, log }: BatcherParts,
  batch: Batch,
  { key, window, count, bytes }: WrittenRaw,
): void {
  const acknowledged = batch.answer({ kind: 'landed' });
  announcer.announce(source, window);
  health.landed();
  log.info('batch.landed', { source, key, count, bytes, acknowledged });
}

function refuse({ source, health, log }: BatcherParts, batch: Batch, error: unknown): void {
  batch.answer({ kind: 'refused', retryAfterS: error instanceof SetupError ? SETUP_RETRY_S : RETRY_S });
  health.failed(error);
  log.warn('batch.failed', { source, count: batch.messages.length, bytes: batch.bytes, reason: messageOf(error) });
}

const noAnswer = ({ name }: ObjectStore, { answerMs }: BatcherLimits): TransientError =>
  new TransientError(`The store (${name}) did not answer within ${answerMs / 1000} s; the senders repeat the batch.`);

/** An empty batch with its two alarms, which end with its answer. The hour of receipt is that of `openedAt`, for all its messages. */
function openBatch(
  openedAt: number,
  limits: BatcherLimits,
  alarms: { readonly due: () => void; readonly late: () => void },
): Batch {
  const due = setTimeout(alarms.due, limits.maxWaitMs);
  const late = setTimeout(alarms.late, limits.answerMs);
  let resolve: ((landing: Landing) => void) | undefined;
  const landing = new Promise<Landing>((done) => (resolve = done));
  const answer = (outcome: Landing): boolean => {
    const first = resolve !== undefined;
    clearTimeout(due);
    clearTimeout(late);
    resolve?.(outcome);
    resolve = undefined;
    return first;
  };
  return { openedAt, messages: [], places: [], bytes: 0, due: false, landing, answer };
}

const fits = (batch: Batch, bytes: number, limits: BatchLimits): boolean =>
  batch.messages.length < limits.maxMessages && batch.bytes + bytes <= limits.maxBytes;

const leave = (batch: Batch): void => batch.places.forEach((place) => place.leave());
