/** Deliveries in the broker's order, cut into batches. What can wait here is bounded by the subscription's prefetch, in messages and in bytes. */
import { invariant } from '../../domain/errors.ts';
import type { BatchLimits, Delivery, NextBatch } from './broker.ts';

type Ended = Exclude<NextBatch, { kind: 'batch' | 'idle' }>;

/** The waiting room of one subscription. */
interface Inbox {
  /** Answers what waits now. */
  push(delivery: Delivery): { readonly messages: number; readonly bytes: number };
  next(limits: BatchLimits, idleMs: number, signal: AbortSignal): Promise<NextBatch>;
  /** Drops what waits (it was not acknowledged: the broker has it) and gives every later `next` the reason. */
  end(reason: Promise<Ended>): void;
}

/** Headers of usual messages weigh less; what is above it is counted as the body is. */
const USUAL_HEADERS = 1_024;
/** What no sender chooses. */
const BROKERS_OWN = new Set(['ack', 'message-id', 'subscription', 'destination']);

/** What a delivery weighs here and in its raw object: its body, and headers that somebody filled. */
function weightOf({ headers, body }: Delivery): number {
  let letters = 0;
  for (const name in headers) if (!BROKERS_OWN.has(name)) letters += name.length + (headers[name]?.length ?? 0);
  return body.byteLength + Math.max(0, letters - USUAL_HEADERS);
}

/** Node fires a longer timer at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Wakes the one who waits for it, who wakes by himself after a time, or when he is to end. */
function createBell() {
  let wake: (() => void) | undefined;
  return {
    ring: (): void => wake?.(),
    wait: (ms: number, signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const timer = setTimeout(() => wake?.(), Math.min(ms, LONGEST_TIMER_MS));
        const awake = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', awake);
          wake = undefined;
          resolve();
        };
        signal.addEventListener('abort', awake);
        wake = awake;
      }),
  };
}

/** `generation` marks the batches of one connection, so that no other connection acknowledges them. */
export function createInbox(generation: number): Inbox {
  let waiting: { readonly delivery: Delivery; readonly arrivedAt: number }[] = [];
  let bytes = 0;
  let ended: Promise<Ended> | undefined;
  let collecting = false;
  const bell = createBell();

  const cut = (limits: BatchLimits): NextBatch => {
    let count = 0;
    let size = 0;
    for (const { delivery } of waiting) {
      const length = weightOf(delivery);
      // A body larger than a whole batch goes alone.
      if (count === limits.maxMessages || (count > 0 && size + length > limits.maxBytes)) break;
      count += 1;
      size += length;
    }
    bytes -= size;
    return { kind: 'batch', deliveries: waiting.splice(0, count).map(({ delivery }) => delivery), generation };
  };

  const collect = async (limits: BatchLimits, idleMs: number, signal: AbortSignal): Promise<NextBatch> => {
    const idleAt = performance.now() + idleMs;
    for (;;) {
      if (ended !== undefined) return ended;
      if (signal.aborted) return { kind: 'idle' };
      const first = waiting[0];
      const until = first === undefined ? idleAt : first.arrivedAt + limits.maxWaitMs;
      const full = waiting.length >= limits.maxMessages || bytes >= limits.maxBytes;
      if (first !== undefined && (full || performance.now() >= until)) return cut(limits);
      if (first === undefined && performance.now() >= until) return { kind: 'idle' };
      await bell.wait(until - performance.now(), signal);
    }
  };

  return {
    push: (delivery) => {
      if (ended === undefined) {
        waiting.push({ delivery, arrivedAt: performance.now() });
        bytes += weightOf(delivery);
        bell.ring();
      }
      return { messages: waiting.length, bytes };
    },
    next: async (limits, idleMs, signal) => {
      invariant(!collecting, 'a subscription waits for one batch at a time');
      collecting = true;
      try {
        return await collect(limits, idleMs, signal);
      } finally {
        collecting = false;
      }
    },
    end: (reason) => {
      ended ??= reason;
      waiting = [];
      bytes = 0;
      bell.ring();
    },
  };
}
