/** Silence that is normal is no lost connection; silence that is not, is. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { connect } from '../../../src/adapters/broker/connection.ts';
import { parseAddress } from '../../../src/adapters/broker/socket.ts';

const BEAT_MS = 10_000;
/** A broker that promises heart-beats and sends none. */
const broker = createServer((socket) =>
  socket.once('data', () => socket.write(`CONNECTED\nversion:1.2\nheart-beat:${BEAT_MS},${BEAT_MS}\n\n\0`)),
);
beforeAll(() => once(broker.listen(0, '127.0.0.1'), 'listening'));
afterAll(() => {
  jest.useRealTimers();
  broker.close();
});

test('ActiveMQ leaves a beat out after a frame, and timers come late: more than two intervals pass before a connection is given up', async () => {
  // The wire is real; only what beats are counted by is not.
  jest.useFakeTimers({ doNotFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'nextTick', 'queueMicrotask'] });
  const { port } = broker.address() as AddressInfo;
  const options = { login: 'desk', passcode: 'secret', heartbeatMs: BEAT_MS, connectTimeoutMs: 30_000 };
  const connection = await connect(parseAddress(`stomp://127.0.0.1:${port}`), options);
  const lateMs = 50;
  jest.setSystemTime(Date.now() + lateMs);
  jest.advanceTimersByTime(2 * BEAT_MS);
  expect(connection.open).toBe(true);
  jest.advanceTimersByTime(2 * BEAT_MS);
  const { error } = await connection.ending;
  expect(error.message).toMatch(/heart-beats of the broker at .* stopped/);
  await connection.close();
});
