/** A topic of its own on the run's ActiveMQ, with subscriptions, a publisher and a wire that are closed after the test. */
import type { BatchLimits, NextBatch, Subscription, SubscriptionOptions } from '../../../src/adapters/broker/broker.ts';
import { connectPublisher } from '../../../src/adapters/broker/publisher.ts';
import { createStompBroker } from '../../../src/adapters/broker/stomp.ts';
import { stack, uniqueName } from '../../support/stack.ts';
import { startProxy } from './proxy.ts';
import { closeLater } from './scripted.ts';

export type Transport = 'tcp' | 'ws';
type Batch = Extract<NextBatch, { kind: 'batch' }>;

export const TRANSPORTS: readonly Transport[] = ['tcp', 'ws'];
export const NEVER = new AbortController().signal;
export const LIMITS: BatchLimits = { maxMessages: 10, maxBytes: 1_000_000, maxWaitMs: 300 };
export const IDLE_MS = 5_000;

const bodyOf = (index: number): string => `m${String(index)}`;

/** The messages number `from` to `to`, exclusive, to be sent; `names` are their bodies. */
export const numbered = (from: number, to: number): { body: string }[] => names(from, to).map((body) => ({ body }));
export const names = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => bodyOf(from + index));

/** The bodies of a batch. */
export const text = (batch: Batch): string[] => batch.deliveries.map(({ body }) => Buffer.from(body).toString('utf8'));

/** The address of the run's broker. */
export const urlOf = (transport: Transport): string =>
  transport === 'tcp' ? stack().stomp.url : stack().stomp.webSocketUrl;

/** The login that may do everything below `lab`; those of the product may not. */
export function labLogin(): { login: string; passcode: string } {
  const passcode = process.env['CHATLAKE_LAB_PASSCODE'];
  if (!passcode) throw new Error('CHATLAKE_LAB_PASSCODE is not set: start the stack with it, or run without one');
  return { login: 'lab', passcode };
}

/** A topic and a durable identity nobody else has; the publisher always goes straight to the broker. */
export async function sceneOver(transport: Transport, changes: Partial<SubscriptionOptions> = {}) {
  const topic = uniqueName('lab.topic');
  const options: SubscriptionOptions = {
    urls: [urlOf(transport)],
    ...labLogin(),
    destination: `/topic/${topic}`,
    clientId: `client-${topic}`,
    subscriptionName: `name-${topic}`,
    prefetch: 100,
    heartbeatMs: 10_000,
    connectTimeoutMs: 5_000,
    ...changes,
  };
  const broker = createStompBroker();
  const subscribe = async (other: Partial<SubscriptionOptions> = {}): Promise<Subscription> => {
    const subscription = await broker.subscribe({ ...options, ...other });
    closeLater(() => subscription.close());
    return subscription;
  };
  const publisher = await connectPublisher({ ...options, urls: [urlOf(transport)] });
  closeLater(() => publisher.close());
  return { subscribe, publish: publisher.publish };
}

/** A wire to the run's broker that the test can cut or freeze. */
export async function wireOver(transport: Transport) {
  const proxy = await startProxy(urlOf(transport));
  closeLater(proxy.close);
  return proxy;
}

/** The next batch; anything else fails the test. */
export async function take(subscription: Subscription, limits = LIMITS): Promise<Batch> {
  const batch = await subscription.next(limits, IDLE_MS, NEVER);
  if (batch.kind !== 'batch') throw new Error(`a batch was expected, not ${JSON.stringify(batch)}`);
  return batch;
}

/** All that comes until nothing comes for half a second, in order. */
export async function drain(subscription: Subscription): Promise<string[]> {
  const seen: string[] = [];
  for (;;) {
    const batch = await subscription.next(LIMITS, 500, NEVER);
    if (batch.kind === 'idle') return seen;
    if (batch.kind !== 'batch') throw new Error(batch.reason);
    seen.push(...text(batch));
  }
}
