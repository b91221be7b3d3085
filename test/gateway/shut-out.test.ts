/** Whoever does not know the secret cannot shut out those who do: neither by many connections nor by keeping them. */
import { Agent, request } from 'node:http';
import { type Socket, connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '../support/until.ts';
import { HEADERS, PATH, type Scene, openScene } from './scene.ts';

const SOCKETS = 2_000;
const STRANGERS = 100;

let scene: Scene;
let sockets: Socket[] = [];
beforeEach(
  async () =>
    void (scene = await openScene({ limits: { strangers: { perAddress: STRANGERS, inAll: 2 * STRANGERS } } })),
);
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await scene.stop();
});

/** Opens connections that each say `words`, and keeps them; says how many of them are still open. */
function keepOpen(count: number, words: string, localAddress = '127.0.0.1'): () => number {
  const { hostname, port } = new URL(scene.url);
  let open = count;
  for (let i = 0; i < count; i += 1) {
    const socket = connect({ port: Number(port), host: hostname, localAddress }, () => socket.write(words));
    socket.on('error', () => undefined).on('close', () => (open -= 1));
    socket.resume();
    sockets.push(socket);
  }
  return () => open;
}

test.each(['/live', '/health', '/metrics', '/', '/nothing', '/%'])(
  '2,000 connections that ask for %s and stay are closed after their answer; an update is taken meanwhile',
  async (path) => {
    const open = keepOpen(SOCKETS, `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await until(() => open() === 0, 20);
    expect((await scene.post('{"update_id":1}')).status).toBe(200);
    expect((await scene.get('/live')).status).toBe(200);
  },
);

test.each(['/live', '/health', '/metrics', '/', '/telegram'])(
  'nothing is told at %s of the public port',
  async (path) => {
    const answer = await scene.speak(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 404[^]*connection: close/i);
    expect(answer).toMatch(/There is nothing here\.\s*$/);
  },
);

test('a wrong secret is answered once per connection, and without the path', async () => {
  const answer = await scene.speak(`POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1.1 401[^]*connection: close/i);
  const odd = await scene.speak('GET /my-secret-path%zz HTTP/1.1\r\nhost: x\r\n\r\n');
  expect(odd).toMatch(/^HTTP\/1.1 400[^]*connection: close/i);
  expect(odd).not.toContain('my-secret-path');
});

test('of one address so many may be open that did not show the secret; one that showed it goes on and is not counted', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const update = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request(scene.url + PATH, { method: 'POST', headers: HEADERS, agent }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      });
      sent.on('error', reject).end('{"update_id":1}');
    });
  expect(await update()).toBe(200);
  const open = keepOpen(STRANGERS + 50, 'GET /live HTTP/1.1\r\n');
  await until(() => open() <= STRANGERS, 20);
  expect(open()).toBe(STRANGERS);
  expect(await update()).toBe(200);
  agent.destroy();
});

test('strangers of many addresses who hold every place they may, and send nothing more, keep nobody out who is new', async () => {
  const open = [2, 3, 4, 5, 6].map((n) => keepOpen(STRANGERS, 'POST / HTTP/1.1\r\nhost: x\r\n', `127.0.0.${n}`));
  const sum = (): number => open.reduce((all, own) => all + own(), 0);
  await until(() => sum() <= 2 * STRANGERS, 20);
  expect(sum()).toBe(2 * STRANGERS);
  const own = keepOpen(STRANGERS, 'POST / HTTP/1.1\r\n');
  await until(() => sum() + own() <= 2 * STRANGERS, 20);
  expect((await scene.post('{"update_id":1}')).status).toBe(200);
});

test.each([
  [
    'a body of which a byte comes now and then, without the secret',
    `POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 900000\r\n\r\n{`,
    401,
  ],
  ['a request behind a request, without the secret', `GET /live HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(500), 404],
  ['headers of 100 kB', `POST ${PATH} HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(100_000)}\r\n\r\n`, 431],
  // Newer versions of Node count more of a header towards what all may be.
  ['2,000 headers of a few bytes', `POST ${PATH} HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(2_000)}\r\n`, '401|431'],
  [
    'a length and chunks at once',
    `POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ['an upgrade', `GET ${PATH} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`, 405],
])('%s: one answer, and the connection ends', async (_what, words, status) => {
  // Whose words end here: `speak` waits until the other side has closed.
  const answer = await scene.speak(words);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 (${status}) `));
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
});
