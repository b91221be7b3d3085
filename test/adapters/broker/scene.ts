/** A topic of its own on the run's broker or on a stand-in, with subscriptions, a publisher and a wire that are closed after the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import type { BatchLimits, NextBatch, Subscription, SubscriptionOptions } from '../../../src/adapters/broker/broker.ts';
import { connectPublisher } from '../../../src/adapters/broker/publisher.ts';
import { createStompBroker } from '../../../src/adapters/broker/stomp.ts';
import { type RunningBroker, startBroker } from '../../../src/local/broker/server.ts';
import { stack, uniqueName } from '../../support/stack.ts';
import { startProxy } from './proxy.ts';
import { closeLater } from './scripted.ts';

/** How a test speaks to which broker: ActiveMQ, where this run has it, and the stand-in have to be alike. */
export interface Way {
  readonly transport: 'tcp' | 'ws';
  readonly broker: "the run's broker" | 'a stand-in';
}
type Batch = Extract<NextBatch, { kind: 'batch' }>;

export const WAYS: readonly Way[] = (["the run's broker", 'a stand-in'] as const).flatMap((broker) =>
  (['tcp', 'ws'] as const).map((transport) => ({ transport, broker })),
);
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

const STAND_IN_LOGIN = { login: 'chatlake', passcode: 'of a stand-in' };
let standIn: RunningBroker | undefined;

/** The stand-in of a test file, for all its tests. */
export function useStandIn(): void {
  let dir = '';
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'chatlake-broker-'));
    const onFailure = (error: unknown): never => {
      throw error;
    };
    standIn = await startBroker({ dir, port: 0, webSocketPort: 0, users: [STAND_IN_LOGIN], onFailure });
  });
  afterAll(async () => {
    await standIn?.close();
    rmSync(dir, { recursive: true, force: true });
  });
}

/** The address of the broker. */
export function urlOf({ transport, broker }: Way): string {
  const { url, webSocketUrl } = broker === 'a stand-in' ? (standIn ?? stack().stomp) : stack().stomp;
  return transport === 'tcp' ? url : webSocketUrl;
}

/** The login that may do everything below `lab`; those of the product may not. */
export function labLogin(): { login: string; passcode: string } {
  const passcode = process.env['CHATLAKE_LAB_PASSCODE'];
  if (!passcode) throw new Error('CHATLAKE_LAB_PASSCODE is not set: start the stack with it, or run without one');
  return { login: 'lab', passcode };
}

/** A topic and a durable identity nobody else has; the publisher always goes straight to the broker. */
export async function sceneOver(way: Way, changes: Partial<SubscriptionOptions> = {}) {
  const { login, passcode } = way.broker === 'a stand-in' ? STAND_IN_LOGIN : labLogin();
  const topic = uniqueName('lab.topic');
  const options: SubscriptionOptions = {
    urls: [urlOf(way)],
    login,
    passcode,
    destination: `/topic/${topic}`,
    clientId: `client-${topic}`,
    subscriptionName: `name-${topic}`,
    prefetch: 100,
    prefetchBytes: 100_000_000,
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
  const publisher = await connectPublisher({ ...options, urls: [urlOf(way)] });
  closeLater(() => publisher.close());
  return { subscribe, publish: publisher.publish };
}

/** A wire to the broker that the test can cut or freeze. */
export async function wireOver(way: Way) {
  const proxy = await startProxy(urlOf(way));
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
