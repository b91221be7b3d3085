/** The broker port against ActiveMQ and the stand-in, the same cases over TCP and over WebSocket. */
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { SetupError, TransientError } from '../../../src/domain/errors.ts';
import { uniqueName } from '../../support/stack.ts';
import {
  IDLE_MS,
  LIMITS,
  NEVER,
  WAYS,
  drain,
  names,
  numbered,
  sceneOver,
  take,
  text,
  urlOf,
  useStandIn,
} from './scene.ts';
import { closeAll } from './scripted.ts';

useStandIn();
afterEach(closeAll);

describe.each(WAYS)('a durable subscription over $transport to $broker', (way) => {
  test('keeps the order, and ends a batch at maxMessages', async () => {
    const { subscribe, publish } = await sceneOver(way);
    const subscription = await subscribe();
    await publish(numbered(0, 25));
    const limits = { ...LIMITS, maxWaitMs: 60_000 };
    expect(text(await take(subscription, limits))).toEqual(names(0, 10));
    expect(text(await take(subscription, limits))).toEqual(names(10, 20));
    expect(text(await take(subscription))).toEqual(names(20, 25));
  });

  test('ends a batch before maxBytes is passed; a larger body goes alone', async () => {
    const { subscribe, publish } = await sceneOver(way);
    const subscription = await subscribe();
    const sizes = [400, 400, 400, 2_000, 400, 599];
    await publish(sizes.map((size) => ({ body: 'x'.repeat(size) })));
    const limits = { ...LIMITS, maxBytes: 1_000, maxWaitMs: 500 };
    const got: number[][] = [];
    for (let index = 0; index < 4; index++) {
      got.push((await take(subscription, limits)).deliveries.map(({ body }) => body.byteLength));
    }
    expect(got).toEqual([[400, 400], [400], [2_000], [400, 599]]);
  });

  test('ends a batch maxWaitMs after its first message, and is idle when nothing came', async () => {
    const { subscribe, publish } = await sceneOver(way);
    const subscription = await subscribe();
    expect(await subscription.next(LIMITS, 100, NEVER)).toEqual({ kind: 'idle' });
    const startedAt = Date.now();
    const waiting = subscription
      .next({ ...LIMITS, maxWaitMs: 400 }, IDLE_MS, NEVER)
      .then((batch) => ({ batch, at: Date.now() }));
    await publish(numbered(0, 1));
    await publish(numbered(1, 3));
    const { batch, at } = await waiting;
    expect(batch.kind === 'batch' && text(batch)).toEqual(names(0, 3));
    expect(at - startedAt).toBeGreaterThanOrEqual(395);
  });

  test('keeps text as sent: UTF-8, NUL, line breaks, an empty body, and headers', async () => {
    const { subscribe, publish } = await sceneOver(way);
    const subscription = await subscribe();
    const bodies = ['Ação “ok” 😀 日本\u0001', 'a\0b\0', 'line\r\nline\n', '', '{"a":"\\u0000"}'];
    await publish(
      bodies.map((body) => ({ body, headers: { origin: 'é: x', 'message-id': 'mine', destination: '/queue/x' } })),
    );
    const batch = await take(subscription);
    expect(text(batch)).toEqual(bodies);
    expect(batch.deliveries[0]?.headers).toMatchObject({ origin: 'é: x', persistent: 'true' });
    expect(batch.deliveries[0]?.messageId).toMatch(/^ID/);
  });

  if (way.transport === 'tcp') {
    test('keeps bytes that are no text', async () => {
      const { subscribe, publish } = await sceneOver(way);
      const subscription = await subscribe();
      const bodies = [randomBytes(2_000), Uint8Array.of(1, 0, 255, 200), new Uint8Array(0)];
      await publish(bodies.map((body) => ({ body })));
      const got = (await take(subscription)).deliveries.map(({ body }) => Buffer.from(body).toString('hex'));
      expect(got).toEqual(bodies.map((body) => Buffer.from(body).toString('hex')));
    });
  } else {
    test('refuses to send bytes, which ActiveMQ would lose', async () => {
      const { publish } = await sceneOver(way);
      await expect(publish([{ body: Uint8Array.of(1) }])).rejects.toThrow(/WebSocket/);
    });
  }

  test('keeps the backlog while nobody is connected', async () => {
    const { subscribe, publish } = await sceneOver(way);
    const first = await subscribe();
    await first.close();
    await publish(numbered(0, 5));
    expect(text(await take(await subscribe()))).toEqual(names(0, 5));
  });

  test('stops waiting when the signal aborts, and keeps what has arrived', async () => {
    const { subscribe, publish } = await sceneOver(way);
    const subscription = await subscribe();
    await publish(numbered(0, 2));
    const abort = new AbortController();
    const waiting = subscription.next({ ...LIMITS, maxWaitMs: 60_000 }, 60_000, abort.signal);
    setTimeout(() => abort.abort(), 200);
    expect(await waiting).toEqual({ kind: 'idle' });
    expect(await subscription.next(LIMITS, 60_000, abort.signal)).toEqual({ kind: 'idle' });
    expect(text(await take(subscription))).toEqual(names(0, 2));
  });

  test('takes 3,000 messages with prefetch 2000 in batches of 1000', async () => {
    const { subscribe, publish } = await sceneOver(way, { prefetch: 2_000 });
    const subscription = await subscribe();
    await publish(numbered(0, 3_000));
    const limits = { maxMessages: 1_000, maxBytes: 10_000_000, maxWaitMs: 20_000 };
    const got: string[] = [];
    for (let index = 0; index < 3; index++) {
      const batch = await take(subscription, limits);
      got.push(...text(batch));
      expect(await subscription.acknowledge(batch)).toBe(true);
    }
    expect(got).toEqual(names(0, 3_000));
    await subscription.close();
    expect(await drain(await subscribe())).toEqual([]);
  });

  test('a queue is read without a durable identity', async () => {
    const queue = `/queue/${uniqueName('lab.queue')}`;
    const { subscribe, publish } = await sceneOver(way, {
      destination: queue,
      clientId: '',
      subscriptionName: '',
    });
    await publish(numbered(0, 4));
    const subscription = await subscribe();
    const batch = await take(subscription);
    expect(text(batch)).toEqual(names(0, 4));
    expect(await subscription.acknowledge(batch)).toBe(true);
  });

  test('tries the addresses in turn', async () => {
    const closed = way.transport === 'tcp' ? 'stomp://127.0.0.1:1' : 'ws://127.0.0.1:1';
    const { subscribe, publish } = await sceneOver(way);
    const subscription = await subscribe({ urls: [closed, urlOf(way)] });
    await publish(numbered(0, 1));
    expect(text(await take(subscription))).toEqual(names(0, 1));
  });

  test('refuses a bare destination and a topic without a durable identity', async () => {
    const { subscribe } = await sceneOver(way);
    await expect(subscribe({ destination: 'desk' })).rejects.toThrow(SetupError);
    await expect(subscribe({ destination: 'desk' })).rejects.toThrow(/bare name as a queue/);
    await expect(subscribe({ clientId: '' })).rejects.toThrow(SetupError);
  });

  test('says in one sentence that the login is refused, without the password', async () => {
    const { subscribe } = await sceneOver(way);
    const error: unknown = await subscribe({ passcode: 'wrong-secret-7' }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(SetupError);
    expect(String(error)).toContain('check the user name and the password');
    expect(JSON.stringify(error) + String(error)).not.toContain('wrong-secret-7');
  });

  test('ends what waits when it is closed; a refused connection may be tried again', async () => {
    const { subscribe } = await sceneOver(way);
    const subscription = await subscribe();
    const gone = subscription.next(LIMITS, IDLE_MS, NEVER);
    await subscription.close();
    expect(await gone).toMatchObject({ kind: 'closed' });
    await expect(subscribe({ urls: ['stomp://127.0.0.1:1'] })).rejects.toThrow(TransientError);
  });
});
