/**
 * What a login of the broker may do, by attacking: the desk's, which publishes, must not read, take the worker's place or empty its
 * backlog. The configuration is that of docker compose.
 */
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Subscription } from '../../src/adapters/broker/broker.ts';
import { connectPublisher } from '../../src/adapters/broker/publisher.ts';
import { createStompBroker } from '../../src/adapters/broker/stomp.ts';
import { until } from '../support/until.ts';
import { stack, uniqueName } from '../support/stack.ts';

const NEVER = new AbortController().signal;
const LIMITS = { maxMessages: 10, maxBytes: 20_000_000, maxWaitMs: 200 };
const FRAME_LIMIT = 8_388_608;

const opened: (() => unknown)[] = [];
let name = '';
beforeEach(() => void (name = uniqueName('desk.rights')));
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

type Who = 'desk' | 'worker';
const loginOf = (who: Who): { login: string; passcode: string } =>
  who === 'desk' ? stack().stomp.send : stack().stomp;

/** The worker's subscription, as the product makes it. */
async function worker(): Promise<Subscription> {
  const { url, login, passcode } = stack().stomp;
  const subscription = await createStompBroker().subscribe({
    ...{ urls: [url], login, passcode, destination: `/queue/chatlake.${name}`, clientId: '', subscriptionName: '' },
    ...{ prefetch: 100, prefetchBytes: 100_000_000, heartbeatMs: 10_000, connectTimeoutMs: 5_000 },
  });
  opened.push(() => subscription.close());
  return subscription;
}

async function publish(...bodies: string[]): Promise<void> {
  const { url, send } = stack().stomp;
  const publisher = await connectPublisher({
    ...{
      urls: [url],
      login: send.login,
      passcode: send.passcode,
      destination: `/topic/${name}`,
      connectTimeoutMs: 5_000,
    },
  });
  await publisher.publish(bodies.map((body) => ({ body })));
  await publisher.close();
}

/** The bodies that come within a moment. */
async function received(subscription: Subscription): Promise<string[]> {
  const batch = await subscription.next(LIMITS, 2_000, NEVER);
  return batch.kind === 'batch'
    ? batch.deliveries.map(({ body }) => Buffer.from(body).toString().slice(0, 20))
    : [batch.kind];
}

/** A bare connection, so that nothing of ours stands between the attacker and the broker. */
async function attacker(who: Who, headers: Record<string, string> = {}) {
  const { hostname, port } = new URL(stack().stomp.url);
  const socket: Socket = connect(Number(port), hostname);
  opened.push(() => socket.destroy());
  let text = '';
  let closed = false;
  socket.on('error', () => undefined);
  socket.on('close', () => (closed = true));
  socket.on('data', (data) => (text += data.toString()));
  const answer = async (): Promise<string> => {
    await until(() => closed || text.includes('\0'), 25);
    const [frame = ''] = text.split('\0', 1);
    text = text.slice(frame.length + 1);
    // A line feed may follow a frame.
    const said = frame.trimStart();
    return said === '' && closed ? 'closed' : said;
  };
  const ask = (command: string, own: Record<string, string>, body = ''): Promise<string> => {
    const lines = Object.entries(own).map(([key, value]) => `${key}:${value}\n`);
    socket.write(`${command}\n${lines.join('')}\n${body}\0`);
    return answer();
  };
  const { login, passcode } = loginOf(who);
  expect(await ask('CONNECT', { 'accept-version': '1.2', host: 'x', login, passcode, ...headers })).toMatch(
    /^CONNECTED/,
  );
  return ask;
}

test('what the desk publishes to its topic waits in the worker’s queue, and is there again when it was not acknowledged', async () => {
  const first = await worker();
  await publish('one', 'two');
  expect(await received(first)).toEqual(['one', 'two']);
  await first.close();
  await publish('three');
  expect(await received(await worker())).toEqual(['one', 'two', 'three']);
});

describe('the desk’s login', () => {
  const queue = (): string => `/queue/chatlake.${name}`;
  const own = (): string => `/topic/${name}`;
  test.each<[string, () => string]>([
    ['the worker’s queue', queue],
    ['every queue', () => '/queue/>'],
    ['every queue of chatlake', () => '/queue/chatlake.>'],
    ['queues by a pattern', () => '/queue/*.desk.*.*'],
    ['its own topic', own],
    ['every topic', () => '/topic/>'],
    ['advisories', () => '/topic/ActiveMQ.Advisory.>'],
    ['dead letters', () => '/queue/DLQ.>'],
    ['a temporary queue', () => '/temp-queue/mine'],
    ['a temporary topic', () => '/temp-topic/mine'],
  ])('cannot subscribe to %s', async (_, destination) => {
    const subscription = await worker();
    const ask = await attacker('desk');
    expect(await ask('SUBSCRIBE', { id: '1', destination: destination(), ack: 'auto', receipt: 'r' })).toMatch(
      /^ERROR[^]*not authorized/,
    );
    await publish('for the worker');
    expect(await received(subscription)).toEqual(['for the worker']);
  });

  test.each<[string, () => string]>([
    ['the worker’s queue', queue],
    ['another topic', () => '/topic/other'],
    ['every topic', () => '/topic/>'],
    ['advisories', () => '/topic/ActiveMQ.Advisory.Connection'],
    ['dead letters', () => '/queue/DLQ.x'],
    ['the queue, behind its topic', () => `${own()},queue://chatlake.${name}`],
    ['a temporary queue', () => '/temp-queue/mine'],
    ['a temporary topic', () => '/temp-topic/mine'],
  ])('cannot send to %s', async (_, destination) => {
    const ask = await attacker('desk');
    expect(await ask('SEND', { destination: destination(), receipt: 'r' }, 'x')).toMatch(/^ERROR[^]*not authorized/);
  });

  test.each(['/temp-queue/mine', '/temp-topic/mine'])('makes no %s by asking for replies there', async (reply) => {
    const subscription = await worker();
    const ask = await attacker('desk');
    // The message may be taken before the destination of its replies is refused.
    const told = [await ask('SEND', { destination: own(), 'reply-to': reply, receipt: 'r' }, 'x')];
    told.push(await ask('SUBSCRIBE', { id: '1', destination: reply, ack: 'auto', receipt: 's' }));
    expect(told.join('\n')).toMatch(/ERROR[^]*not authorized/);
    expect(told.join('\n')).not.toMatch(/receipt-id:s/);
    await publish('for the worker');
    expect(await received(subscription)).toContain('for the worker');
  });

  test('cannot take the worker’s place or empty its backlog, whatever client id it names', async () => {
    const first = await worker();
    await publish('kept');
    for (const id of ['chatlake-desk', name, stack().stomp.login]) {
      const ask = await attacker('desk', { 'client-id': id });
      expect(await ask('UNSUBSCRIBE', { id: 'chatlake', 'activemq.subscriptionName': id, receipt: 'u' })).toMatch(
        /^ERROR/,
      );
      const durable = { id: '1', destination: own(), 'activemq.subscriptionName': id, receipt: 'd' };
      expect(await ask('SUBSCRIBE', durable)).toMatch(/^ERROR|^closed/);
    }
    expect(first.open).toBe(true);
    expect(await received(first)).toEqual(['kept']);
  });

  test('cannot send a frame above the limit; other connections do not notice', async () => {
    const subscription = await worker();
    for (const headers of [{ 'content-length': String(FRAME_LIMIT + 1) }, {}]) {
      const ask = await attacker('desk');
      const answer = await ask('SEND', { destination: own(), receipt: 'r', ...headers }, 'x'.repeat(FRAME_LIMIT + 1));
      expect(answer).toMatch(/^ERROR|^closed/);
    }
    await publish('small');
    expect(await received(subscription)).toEqual(['small']);
  });
});

test.each(['/temp-queue/mine', '/temp-topic/mine'])('the worker’s login makes no %s', async (destination) => {
  const subscribing = await attacker('worker');
  const asked = { id: '1', destination, ack: 'auto', receipt: 'r' };
  expect(await subscribing('SUBSCRIBE', asked)).toMatch(/^ERROR[^]*not authorized/);
  const sending = await attacker('worker');
  expect(await sending('SEND', { destination, receipt: 'r' }, 'x')).toMatch(/^ERROR[^]*not authorized/);
});

test('the worker’s login cannot publish', async () => {
  await worker();
  for (const destination of [`/topic/${name}`, `/queue/chatlake.${name}`]) {
    const ask = await attacker('worker');
    expect(await ask('SEND', { destination, receipt: 'r' }, 'x')).toMatch(/^ERROR[^]*not authorized/);
  }
});
