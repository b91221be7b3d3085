/** Lag: what a process knows of the oldest message not landed, through the life of a subscription. */
import { beforeEach, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import type { Broker, NextBatch, Subscription, SubscriptionOptions } from '../../../src/adapters/broker/broker.ts';
import { defineMetrics } from '../../../src/observe/metrics/definitions.ts';
import { observedBroker } from '../../../src/observe/metrics/observed-broker.ts';
import { type Unlanded, createUnlanded } from '../../../src/observe/metrics/unlanded.ts';
import { SetupError, TransientError } from '../../../src/domain/errors.ts';

const LIMITS = { maxMessages: 1, maxBytes: 1, maxWaitMs: 1 };
const OPTIONS = {} as SubscriptionOptions;
const NEVER = new AbortController().signal;

let clock: number;
let unlanded: Unlanded;
let red: string[];
let coming: NextBatch[];
let dial: () => void;
let broker: Broker;

const batch = (timestamp: number): NextBatch => ({
  kind: 'batch',
  generation: 1,
  deliveries: [{ messageId: '1', headers: { timestamp: String(timestamp) }, body: new Uint8Array() }],
});
const next = (subscription: Subscription) => subscription.next(LIMITS, 1, NEVER);
const age = (): number | undefined => unlanded.ageSeconds('desk');

beforeEach(() => {
  clock = 1_000_000;
  red = [];
  coming = [];
  dial = () => undefined;
  unlanded = createUnlanded(
    () => clock,
    (source) => void red.push(source),
  );
  const inner: Broker = {
    async subscribe() {
      dial();
      return {
        next: async () => coming.shift()!,
        acknowledge: async () => true,
        open: true,
        isNarrowed: false,
        close: async () => undefined,
      };
    },
  };
  const metrics = defineMetrics(new Registry());
  broker = observedBroker(inner, { metrics, unlanded, now: () => clock }, () => 'desk');
});

test('the age is that of the batch in hand, by the broker’s time, until it is acknowledged', async () => {
  expect(age()).toBeUndefined();
  const subscription = await broker.subscribe(OPTIONS);
  expect(age()).toBe(0);
  const taken = batch(clock - 5_000);
  coming.push(taken);
  await next(subscription);
  expect(age()).toBe(5);
  clock += 600_000; // however long the store takes
  expect(age()).toBe(605);
  await subscription.acknowledge(taken as Extract<NextBatch, { kind: 'batch' }>);
  expect(age()).toBe(0);
});

test('while nobody is connected it grows from the message in hand, or from the loss', async () => {
  const subscription = await broker.subscribe(OPTIONS);
  coming.push(batch(clock - 5_000), { kind: 'closed', reason: '' });
  await next(subscription);
  await next(subscription);
  dial = () => {
    throw new TransientError('refused');
  };
  for (let tries = 0; tries < 10; tries += 1) {
    clock += 30_000;
    await expect(broker.subscribe(OPTIONS)).rejects.toThrow(TransientError);
  }
  expect(age()).toBe(305);
  expect(unlanded.intake('desk')).toMatchObject({ state: 'lost', setup: false });
  expect(red).toEqual([]);
});

test('a login that is refused needs a person; another consumer, too, and then nothing is known', async () => {
  dial = () => {
    throw new SetupError('refused');
  };
  await expect(broker.subscribe(OPTIONS)).rejects.toThrow(SetupError);
  expect(unlanded.intake('desk')).toMatchObject({ state: 'lost', setup: true });
  dial = () => undefined;
  const subscription = await broker.subscribe(OPTIONS);
  coming.push({ kind: 'stolen', reason: '' });
  await next(subscription);
  await subscription.close();
  expect(unlanded.intake('desk')).toMatchObject({ state: 'stolen' });
  expect(age()).toBeUndefined();
  expect(red).toEqual(['desk', 'desk']);
});

test('a consumer that leaves on purpose, and one not heard of for long, know nothing', async () => {
  const subscription = await broker.subscribe(OPTIONS);
  await subscription.close();
  expect(unlanded.sources()).toEqual([]);
  const quiet = await broker.subscribe(OPTIONS);
  clock += 80_000;
  coming.push({ kind: 'idle' });
  await next(quiet);
  clock += 80_000;
  expect(age()).toBe(0);
  clock += 20_000;
  expect(age()).toBeUndefined();
});
