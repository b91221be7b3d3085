/** consumeBatch: what one sender may burden the others with. */
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createConsumeBatch } from '../../../src/activities/intake/consume-batch.ts';
import type { Delivery, NextBatch, Subscription } from '../../../src/adapters/broker/broker.ts';
import { createMemoryStore } from '../../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../../src/adapters/object-store/object-store.ts';
import { NO_TRACER } from '../../../src/observe/trace/tracer.ts';
import { MAX_READ_BYTES, decodeRawLine } from '../../../src/domain/formats/raw.ts';
import { loadConfig } from '../../../src/wiring/config.ts';
import { deskSubscription } from '../../../src/wiring/ports.ts';
import { SILENT_ANNOUNCER } from '../../support/silent-announcer.ts';

const QUIET = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
const delivery = (messageId: string, body: Uint8Array): Delivery => ({ messageId, headers: {}, body });

/** Slices of the desk's subscription, all over one connection. */
function consuming(store: ObjectStore, subscription: Subscription, warn: (event: string) => void) {
  const ports = {
    broker: { subscribe: () => Promise.resolve(subscription) },
    store,
    subscriptions: [deskSubscription(loadConfig({}))],
    announcer: SILENT_ANNOUNCER,
    tracer: NO_TRACER,
    log: { info() {}, warn },
    now: Date.now,
  };
  const { consumeBatch, closeConnections } = createConsumeBatch(ports, new AbortController().signal);
  const environment = new MockActivityEnvironment(undefined, { logger: QUIET });
  return {
    slice: (sliceMs: number) => environment.run(consumeBatch, { subscription: 'desk', sliceMs }),
    closeConnections,
  };
}

test('a body above the limit is kept unread in an object of its own, and acknowledged with the rest', async () => {
  const store = createMemoryStore();
  const events: string[] = [];
  const small = new TextEncoder().encode('{"a":1}');
  const batch: NextBatch = {
    kind: 'batch',
    generation: 1,
    deliveries: [
      delivery('1', small),
      delivery('2', new Uint8Array(MAX_READ_BYTES + 1).fill(1)),
      delivery('3', new Uint8Array(MAX_READ_BYTES).fill(32)),
      delivery('4', small),
    ],
  };
  const coming: NextBatch[] = [batch];
  const subscription: Subscription = {
    next: () => Promise.resolve(coming.shift() ?? { kind: 'stolen', reason: 'the end of the test' }),
    acknowledge: () => (events.push('acknowledged'), Promise.resolve(true)),
    open: true,
    isNarrowed: false,
    close: () => Promise.resolve(),
  };
  const put: typeof store.put = (...args) => (events.push('put'), store.put(...args));
  const { slice, closeConnections } = consuming({ ...store, put }, subscription, (event) => void events.push(event));
  const result = await slice(5_000);
  await closeConnections();
  expect(result).toMatchObject({ outcome: 'stolen', messages: 4, objects: 2 });
  expect(events).toEqual(['message.too_large', 'put', 'put', 'acknowledged', 'subscription.ended']);

  const kept = new Map<string, boolean>();
  const objects: number[] = [];
  for await (const { key } of store.list('raw/')) {
    const lines = gunzipSync((await store.get(key))!)
      .toString()
      .trimEnd()
      .split('\n')
      .map(decodeRawLine);
    objects.push(lines.length);
    for (const line of lines) kept.set(line.id, line.bodyBase64 !== undefined);
  }
  expect(objects.sort()).toEqual([1, 3]);
  expect([...kept].sort()).toEqual([
    ['desk:1', false],
    ['desk:2', true],
    ['desk:3', false],
    ['desk:4', false],
  ]);
});

test.each([
  [false, 0],
  [true, 1],
])(
  'narrowed %s: a connection outlives its slice, unless the next one may have more sent ahead',
  async (isNarrowed, closed) => {
    let closes = 0;
    const subscription: Subscription = {
      next: (_limits, waitMs) => sleep(waitMs, { kind: 'idle' }),
      acknowledge: () => Promise.resolve(true),
      open: true,
      isNarrowed,
      close: () => Promise.resolve(void (closes += 1)),
    };
    const { slice, closeConnections } = consuming(createMemoryStore(), subscription, () => undefined);
    expect(await slice(1_000)).toMatchObject({ outcome: 'slice' });
    expect(closes).toBe(closed);
    await closeConnections();
  },
);
