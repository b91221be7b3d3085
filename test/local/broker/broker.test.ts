/** What the stand-in does beyond the consumer suite: who may do what, where copies go, what a restart and damage leave. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Subscription } from '../../../src/adapters/broker/broker.ts';
import { connectPublisher } from '../../../src/adapters/broker/publisher.ts';
import { createStompBroker } from '../../../src/adapters/broker/stomp.ts';
import { SetupError, TransientError } from '../../../src/domain/errors.ts';
import { frameBytes, frameReader } from '../../../src/local/broker/frame.ts';
import { type BrokerOptions, type RunningBroker, startBroker } from '../../../src/local/broker/server.ts';
import { LIMITS, drain, names, numbered, take, text } from '../../adapters/broker/scene.ts';
import { closeAll, closeLater, failure } from '../../adapters/broker/scripted.ts';

const RULES: Pick<BrokerOptions, 'users' | 'virtualTopics'> = {
  users: [
    { login: 'worker', passcode: 'w', read: ['queue://copy.desk.>', 'topic://desk.>'], write: [] },
    { login: 'desk', passcode: 'd', read: [], write: ['topic://desk.>'] },
    { login: 'admin', passcode: 'a' },
  ],
  virtualTopics: { beginning: 'desk.', prefix: 'copy.' },
};

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'chatlake-broker-'))));
afterEach(async () => {
  await closeAll();
  rmSync(dir, { recursive: true, force: true });
});

async function start(rules = RULES): Promise<RunningBroker> {
  const onFailure = (error: unknown): never => {
    throw error;
  };
  const broker = await startBroker({ dir, port: 0, webSocketPort: 0, onFailure, ...rules });
  closeLater(() => broker.close());
  return broker;
}

const as = (login: string, { url }: RunningBroker, destination: string) => ({
  ...{ urls: [url], login, passcode: login.slice(0, 1), destination, clientId: 'reader', subscriptionName: 'reader' },
  ...{ prefetch: 100, prefetchBytes: 100_000_000, heartbeatMs: 10_000, connectTimeoutMs: 2_000 },
});
const subscribe = async (...who: Parameters<typeof as>): Promise<Subscription> => {
  const subscription = await createStompBroker().subscribe(as(...who));
  closeLater(() => subscription.close());
  return subscription;
};
const publish = async (broker: RunningBroker, destination: string, from: number, to: number, login = 'admin') => {
  const publisher = await connectPublisher(as(login, broker, destination));
  try {
    await publisher.publish(numbered(from, to));
  } finally {
    await publisher.close();
  }
};

describe('copies', () => {
  test('a topic feeds its queue, before anybody has subscribed to it, and the durable subscription, too', async () => {
    const broker = await start();
    const durable = await subscribe('admin', broker, '/topic/desk.interactions');
    await publish(broker, '/topic/desk.interactions', 0, 3, 'desk');
    expect(await drain(await subscribe('worker', broker, '/queue/copy.desk.interactions'))).toEqual(names(0, 3));
    expect(await drain(durable)).toEqual(names(0, 3));
  });

  test('each topic of that beginning feeds a queue of its own, and no other topic does', async () => {
    const broker = await start();
    await publish(broker, '/topic/desk.other', 0, 2);
    await publish(broker, '/topic/news', 2, 4);
    expect(await drain(await subscribe('worker', broker, '/queue/copy.desk.other'))).toEqual(names(0, 2));
    expect(await drain(await subscribe('admin', broker, '/queue/copy.news'))).toEqual([]);
  });

  test('two consumers of a queue share it; what one leaves unacknowledged, the other gets', async () => {
    const broker = await start();
    const two = await Promise.all([1, 2].map(() => subscribe('admin', broker, '/queue/work')));
    await publish(broker, '/queue/work', 0, 10);
    const [first, second] = [await take(two[0]!), await take(two[1]!)];
    expect([...text(first), ...text(second)].sort()).toEqual(names(0, 10));
    expect(first.deliveries).toHaveLength(5);
    expect(await two[1]!.acknowledge(second)).toBe(true);
    await two[0]!.close();
    const again = await take(two[1]!);
    expect(text(again)).toEqual(text(first));
    expect(again.deliveries[0]?.headers['redelivered']).toBe('true');
  });
});

describe('rights', () => {
  test('a producer cannot read, and cannot come near the backlog of a worker', async () => {
    const broker = await start();
    await (await subscribe('worker', broker, '/topic/desk.interactions')).close();
    await publish(broker, '/topic/desk.interactions', 0, 2, 'desk');
    for (const destination of ['/topic/desk.interactions', '/queue/copy.desk.interactions', '/topic/desk.other'])
      expect(await failure(subscribe('desk', broker, destination))).toBeInstanceOf(SetupError);
    const socket = createConnection(Number(new URL(broker.url).port), '127.0.0.1');
    const read = frameReader();
    const answers: string[] = [];
    socket.on('data', (bytes) => answers.push(...read(bytes).map(({ command }) => command)));
    const hello = { 'accept-version': '1.2', login: 'desk', passcode: 'd', 'client-id': 'reader' };
    socket.write(frameBytes('CONNECT', hello));
    socket.write(frameBytes('UNSUBSCRIBE', { id: 'x', 'activemq.subscriptionName': 'reader', receipt: 'r' }));
    socket.write(frameBytes('DISCONNECT', { receipt: 'bye' }));
    await new Promise((resolve) => socket.on('close', resolve));
    expect(answers).toEqual(['CONNECTED', 'ERROR', 'RECEIPT']);
    expect(await drain(await subscribe('worker', broker, '/topic/desk.interactions'))).toEqual(names(0, 2));
  });

  test('a client id in use is taken over by its own login alone', async () => {
    const broker = await start();
    const worker = await subscribe('worker', broker, '/topic/desk.interactions');
    expect(await failure(subscribe('admin', broker, '/topic/desk.interactions'))).toBeInstanceOf(TransientError);
    expect(worker.open).toBe(true);
  });

  test('whoever may not write is told so, and nothing arrives', async () => {
    const broker = await start();
    expect(await failure(publish(broker, '/topic/desk.interactions', 0, 1, 'worker'))).toBeInstanceOf(SetupError);
    expect(await drain(await subscribe('worker', broker, '/queue/copy.desk.interactions'))).toEqual([]);
  });
});

describe('the journal', () => {
  test('keeps what was not acknowledged over restarts; half an entry at its end counts for nothing', async () => {
    const first = await start();
    const reader = await subscribe('worker', first, '/queue/copy.desk.interactions');
    await publish(first, '/topic/desk.interactions', 0, 15);
    expect(await reader.acknowledge(await take(reader))).toBe(true);
    await first.close();
    const file = join(dir, 'journal');
    appendFileSync(file, readFileSync(file).subarray(0, 40));
    const second = await start();
    await publish(second, '/topic/desk.interactions', 15, 17);
    await second.close();
    const third = await start();
    expect(await drain(await subscribe('worker', third, '/queue/copy.desk.interactions'))).toEqual(names(10, 17));
  });

  test('an entry that was cut is as if it had never been sent: all of its messages, or none', async () => {
    const first = await start();
    await publish(first, '/queue/work', 0, 3);
    await publish(first, '/queue/work', 3, 9);
    await first.close();
    truncateSync(join(dir, 'journal'), statSync(join(dir, 'journal')).size - 1);
    const second = await start();
    expect(await drain(await subscribe('admin', second, '/queue/work'))).toEqual(names(0, 3));
  });

  test('forgets what was acknowledged: it begins anew at a start, and when it has grown', async () => {
    const body = 'x'.repeat(4_000_000);
    const first = await start();
    const reader = await subscribe('admin', first, '/queue/work');
    const publisher = await connectPublisher(as('admin', first, '/queue/work'));
    closeLater(() => publisher.close());
    const sizes: number[] = [];
    for (let round = 0; round < 9; round++) {
      await publisher.publish([{ body }]);
      expect(await reader.acknowledge(await take(reader, { ...LIMITS, maxMessages: 1 }))).toBe(true);
      sizes.push(statSync(join(dir, 'journal')).size);
    }
    expect(Math.max(...sizes)).toBeGreaterThan(24 << 20);
    expect(sizes.at(-1)).toBeLessThan(16 << 20);
    await first.close();
    await start();
    expect(statSync(join(dir, 'journal')).size).toBeLessThan(1_000);
  });
});

describe('frames', () => {
  test('come out as they went in, however the bytes are cut', () => {
    const sent = [
      frameBytes('SEND', { destination: '/queue/a:b', note: 'line\nback\\slash\r' }, Buffer.from('\nbody')),
      frameBytes('SEND', { 'content-length': '3' }, Buffer.from('\na\0b')),
    ];
    const wire = Buffer.concat([Buffer.from('\n\r\n'), sent[0]!, Buffer.from('\n'), sent[1]!]);
    for (let size = 1; size < 40; size++) {
      const read = frameReader();
      const frames = [];
      for (let at = 0; at < wire.length; at += size) frames.push(...read(wire.subarray(at, at + size)));
      expect(frames.map(({ headers }) => headers)).toEqual([
        { destination: '/queue/a:b', note: 'line\nback\\slash\r' },
        { 'content-length': '3' },
      ]);
      expect(frames.map(({ body }) => body.toString())).toEqual(['body', 'a\0b']);
    }
  });

  test('too large, or none: refused', () => {
    expect(() => frameReader()(Buffer.from('SEND\ncontent-length:99999999\n\n'))).toThrow(/maximum frame size/);
    expect(() => frameReader()(Buffer.from('SEND\nno colon\n\n'))).toThrow(/colon/);
    expect(() => frameReader()(Buffer.alloc(70_000, 'x'))).toThrow(/headers/);
  });
});
