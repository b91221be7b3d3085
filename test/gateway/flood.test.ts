/** Slow senders: cut off when their time is over, while others are served and memory stays flat. */
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { heldBytes } from '../support/held-memory.ts';
import { HEADERS, LIMITS, SECRET, head, openScene } from './scene.ts';

const SOCKETS = 500;
const REQUEST_MS = 2_000;
const HEAP_MB = 64;

/** Three ways to be slow: no word at all, a head that never ends, a body in single bytes. */
const KINDS = ['', 'POST /telegram/1 HTTP/1.1\r\nhost: x\r\n', head({ ...HEADERS, 'content-length': 1_000_000 })];

test('500 slow connections do not keep anybody else from being answered', async () => {
  const scene = await openScene({ limits: { requestMs: REQUEST_MS } });
  const { hostname, port } = new URL(scene.url);
  const memory = (): number => heldBytes() / 1_048_576;
  const before = memory();
  const slow: Socket[] = [];
  let closed = 0;
  for (let i = 0; i < SOCKETS; i += 1) {
    const kind = KINDS[i % KINDS.length]!;
    const socket = connect(Number(port), hostname, () => socket.write(kind));
    socket.on('error', () => undefined).on('close', () => (closed += 1));
    socket.resume();
    slow.push(socket);
  }
  const drip = setInterval(
    () => slow.forEach((socket, i) => i % KINDS.length > 0 && socket.writable && socket.write('x')),
    100,
  );
  let answered = 0;
  let most = 0;
  // All are cut by the request time-out; the check for it runs once a second.
  while (closed < SOCKETS) {
    expect((await scene.post(`{"update_id":${answered}}`)).status).toBe(200);
    answered += 1;
    if (answered % 20 === 1) most = Math.max(most, memory() - before);
    await sleep(10);
  }
  clearInterval(drip);
  // However busy the machine: somebody was answered while they were there.
  expect(answered).toBeGreaterThan(0);
  expect(most).toBeLessThan(HEAP_MB);
  const health = JSON.parse((await scene.get('/health')).body) as { waiting: object };
  expect(health.waiting).toEqual({ requests: 0, bytes: 0 });
  expect(scene.logged.join('')).not.toContain(SECRET);
  await scene.stop();
});

test('a graceful stop does not wait for connections that never end', async () => {
  const requestMs = 400;
  const scene = await openScene({ limits: { requestMs, batch: { ...LIMITS.batch, answerMs: 400 } } });
  const { hostname, port } = new URL(scene.url);
  const slow = await Promise.all(
    KINDS.map(async (kind) => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined).resume();
      await once(socket, 'connect');
      socket.write(kind);
      return socket;
    }),
  );
  const drip = setInterval(() => slow.forEach((socket) => socket.writable && socket.write('x')), 20);
  // All three are known to the server when it has answered somebody who came after them.
  expect((await scene.get('/health')).status).toBe(200);
  await scene.stop();
  clearInterval(drip);
});
