/**
 * consumeBatch: a bounded slice of a durable subscription. Messages are written raw, and only then acknowledged; what was not
 * acknowledged is delivered again. Only a running slice dials; its connection stays warm for the next one for 15 seconds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { NextBatch, Subscription } from '../../adapters/broker/broker.ts';
import { INVALID_INPUT } from '../../domain/errors.ts';
import { MAX_READ_BYTES, type ReceivedMessage } from '../../domain/formats/raw.ts';
import type { Ports, SubscriptionConfig } from '../ports.ts';
import type { ConsumeInput, ConsumeResult } from '../types.ts';
import { type WrittenRaw, writeRaw } from '../../lake/raw.ts';

const WARM_MS = 15_000;
const IDLE_MS = 1_000;
/** Also while it dials, writes or waits for a receipt: only a worker that is gone misses its heartbeat time-out. */
const BEAT_MS = 1_000;
const REDIAL_MS = 500;

type Needs = Pick<Ports, 'broker' | 'store' | 'subscriptions' | 'announcer' | 'tracer' | 'log' | 'now'>;
type Batch = Extract<NextBatch, { kind: 'batch' }>;

/** When a slice ends, and what it has landed so far. */
interface Slice {
  readonly until: number;
  readonly ending: AbortSignal;
  readonly total: { messages: number; objects: number; readonly windows: Set<string> };
}

/** Builds the activity and what closes its warm connections at the end of the process. A running slice ends early when `stopping` aborts. */
export function createConsumeBatch(ports: Needs, stopping: AbortSignal) {
  const connections = warmConnections(ports);

  async function consumeBatch({ subscription: name, sliceMs }: ConsumeInput): Promise<ConsumeResult> {
    const config = ports.subscriptions.find((candidate) => candidate.name === name);
    if (config === undefined) {
      throw ApplicationFailure.nonRetryable(
        `There is no such subscription; there are: ${ports.subscriptions.map((s) => s.name).join(', ')}`,
        INVALID_INPUT,
      );
    }
    const context = Context.current();
    const until = ports.now() + sliceMs;
    const ending = AbortSignal.any([context.cancellationSignal, stopping]);
    const total: Slice['total'] = { messages: 0, objects: 0, windows: new Set() };
    let subscribed = false;
    const beat = (): void => context.heartbeat({ messages: total.messages, subscribed });
    const timer = setInterval(beat, BEAT_MS);
    const result = (outcome: ConsumeResult['outcome']): ConsumeResult => ({
      ...total,
      outcome,
      windows: [...total.windows],
    });
    try {
      while (ports.now() < until && !ending.aborted) {
        const connection = await connections.take(config);
        subscribed = true;
        beat();
        try {
          const ended = await takeFrom(ports, connection, config, { until, ending, total });
          if (ended === 'stolen') return result('stolen');
          subscribed = false;
          if (ended === 'closed') await pause(REDIAL_MS * (1 + Math.random()), ending);
        } catch (error) {
          await connection.close();
          throw error;
        } finally {
          connections.release(config, connection);
        }
      }
    } finally {
      clearInterval(timer);
    }
    context.cancellationSignal.throwIfAborted();
    return result('slice');
  }

  return { consumeBatch, closeConnections: connections.closeAll };
}

/** Batches of one connection until the slice ends or the connection does. */
async function takeFrom(
  ports: Needs,
  connection: Subscription,
  config: SubscriptionConfig,
  { until, ending, total }: Slice,
) {
  while (ports.now() < until && !ending.aborted) {
    const next = await connection.next(config.batch, Math.min(IDLE_MS, until - ports.now()), ending);
    if (next.kind === 'idle') continue;
    if (next.kind !== 'batch') {
      ports.log.warn('subscription.ended', { subscription: config.name, how: next.kind, reason: next.reason });
      return next.kind;
    }
    const { source } = config;
    const attributes = { 'chatlake.source': source, 'chatlake.messages': next.deliveries.length };
    await ports.tracer.span('land', { parent: null, attributes }, async () => {
      const landed = await land(ports, config, next);
      // The order is the promise: the raw objects are durable above, the acknowledgement comes after them, and for this batch only.
      const acknowledged = await connection.acknowledge(next);
      for (const { key, count, bytes, window } of landed) {
        total.messages += count;
        total.objects += 1;
        total.windows.add(window);
        ports.announcer.announce(source, window);
        ports.log.info('batch.landed', { source, key, count, bytes, acknowledged });
      }
    });
  }
  return 'slice';
}

/** Keeps a batch as one raw object, and each body that is too large to be read as one of its own: it must not burden the others. */
async function land(
  ports: Pick<Ports, 'store' | 'now' | 'log'>,
  { source, brokerName }: SubscriptionConfig,
  batch: Batch,
): Promise<readonly WrittenRaw[]> {
  const openedAt = ports.now();
  const messages = batch.deliveries.map((delivery): ReceivedMessage => ({
    id: delivery.messageId === '' ? '' : `${brokerName}:${delivery.messageId}`,
    receivedAt: openedAt,
    headers: delivery.headers,
    body: delivery.body,
  }));
  const isLarge = ({ body }: ReceivedMessage): boolean => body.byteLength > MAX_READ_BYTES;
  const large = messages.filter(isLarge);
  for (const { id, body } of large)
    ports.log.warn('message.too_large', { source, id, bytes: body.byteLength, limit: MAX_READ_BYTES });
  const usual = messages.filter((message) => !isLarge(message));
  const written: WrittenRaw[] = [];
  for (const group of [usual, ...large.map((message) => [message])])
    if (group.length > 0) written.push(await writeRaw(ports.store, source, openedAt, group));
  return written;
}

/** Waits, unless it is to end. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });

/** Connections that outlive a slice, so that the next one finds them; nobody reads them meanwhile. */
function warmConnections(ports: Pick<Ports, 'broker'>) {
  const warm = new Map<string, { readonly connection: Subscription; readonly timer: NodeJS.Timeout }>();
  return {
    async take(config: SubscriptionConfig): Promise<Subscription> {
      const kept = warm.get(config.name);
      warm.delete(config.name);
      clearTimeout(kept?.timer);
      if (kept?.connection.open === true) return kept.connection;
      return ports.broker.subscribe(config.options);
    },
    release(config: SubscriptionConfig, connection: Subscription): void {
      if (!connection.open) return;
      if (connection.isNarrowed) {
        void connection.close();
        return;
      }
      const timer = setTimeout(() => {
        warm.delete(config.name);
        void connection.close();
      }, WARM_MS);
      timer.unref();
      warm.set(config.name, { connection, timer });
    },
    closeAll: async (): Promise<void> => {
      const open = [...warm.values()];
      warm.clear();
      await Promise.all(open.map(({ connection, timer }) => (clearTimeout(timer), connection.close())));
    },
  };
}
