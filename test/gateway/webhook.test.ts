/** What the webhook takes and what it refuses, over HTTP. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SetupError } from '../../src/domain/errors.ts';
import { secretCheck } from '../../src/gateway/secrets.ts';
import { HEADERS, LIMITS, PATH, SECRET, type Scene, bytesOf, head, openScene } from './scene.ts';

const UPDATE = '{"update_id":1,"message":{"message_id":1,"date":1,"chat":{"id":5,"type":"private"},"text":"oi"}}';
const MB = LIMITS.maxBodyBytes;

describe('what is refused', () => {
  let scene: Scene;
  beforeAll(async () => (scene = await openScene()));
  afterAll(() => scene.stop());

  const refusals: [string, number, Record<string, string>][] = [
    ['a missing secret', 401, { 'content-type': 'application/json' }],
    ['an empty secret', 401, { ...HEADERS, 'x-telegram-bot-api-secret-token': '' }],
    ['a wrong secret', 401, { ...HEADERS, 'x-telegram-bot-api-secret-token': `${SECRET}x` }],
    ['the beginning of the secret', 401, { ...HEADERS, 'x-telegram-bot-api-secret-token': SECRET.slice(0, -1) }],
    ['the secret twice', 401, { ...HEADERS, 'x-telegram-bot-api-secret-token': `${SECRET},${SECRET}` }],
    ['a wrong secret and a wrong type', 401, { 'content-type': 'nonsense;;' }],
    ['a content encoding', 415, { ...HEADERS, 'content-encoding': 'gzip' }],
    ['another content type', 415, { ...HEADERS, 'content-type': 'text/plain' }],
    ['a content type that begins alike', 415, { ...HEADERS, 'content-type': 'application/json-seq' }],
    ['no content type', 415, { 'x-telegram-bot-api-secret-token': SECRET }],
  ];
  test.each(refusals)('%s: %d, before the body is read', async (_, status, headers) => {
    // Only the head is sent: an answer and a closed connection mean that nobody waited for a body.
    const answer = await scene.speak(head({ ...headers, 'content-length': 500_000 }));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.toLowerCase()).toContain('connection: close');
  });

  test('a body announced above the limit: 413, before it is read', async () => {
    expect(await scene.speak(head({ ...HEADERS, 'content-length': 1_100_000 }))).toMatch(/^HTTP\/1.1 413 /);
  });

  test('a body above the limit that was not announced: 413, once the limit is passed', async () => {
    const body = Buffer.alloc(MB + 1, ' ');
    const chunked = head({ ...HEADERS, 'transfer-encoding': 'chunked' });
    expect(await scene.speak(chunked, `${body.length.toString(16)}\r\n`, body)).toMatch(/^HTTP\/1.1 413 /);
  });

  test('another bot: 404', async () => {
    expect((await scene.post(UPDATE, { path: '/telegram/987654321' })).status).toBe(404);
  });

  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s: 405', async (method) => {
    const answer = await scene.post('', { method });
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST']);
  });

  test('nothing of all this is stored or announced, and the gateway goes on', async () => {
    expect(await scene.raw()).toEqual([]);
    expect(scene.announced).toEqual([]);
    expect(await scene.post(UPDATE)).toMatchObject({ status: 200, body: '' });
  });
});

describe('what is taken', () => {
  const bodies: [string, Buffer][] = Object.entries({
    'an update': UPDATE,
    'no JSON': 'olá, isto não é JSON',
    'half an update': UPDATE.slice(0, 20),
    'no update_id': '{"message":{}}',
    'an unknown kind': '{"update_id":2,"message_from_the_future":{}}',
    'deep nesting': '['.repeat(100_000),
    'forbidden keys': '{"__proto__":{"x":1},"update_id":3,"update_id":4}',
    'line feeds and NUL': '{"update_id":\n5,\r\n"text":"\u0000"}\u2028',
    'a byte order mark': '\ufeff{"update_id":6}',
    nothing: '',
    blanks: '   ',
    'bytes that are not UTF-8': Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28]),
    'a megabyte': Buffer.alloc(MB, 'x'),
  }).map(([name, body]) => [name, Buffer.from(body as string)]);

  test.each(bodies)('%s: 200, and the bytes land exactly', async (_, body) => {
    const scene = await openScene();
    expect(await scene.post(body)).toMatchObject({ status: 200, body: '' });
    const [object, ...others] = await scene.raw();
    expect(others).toEqual([]);
    expect(object?.lines).toHaveLength(1);
    const line = object!.lines[0]!;
    expect(bytesOf(line).equals(body)).toBe(true);
    expect(line).toMatchObject({ id: '', headers: { origin: 'webhook', bot: PATH.split('/').at(-1) } });
    await scene.stop();
  });

  test('a charset, and chunks of any size', async () => {
    const scene = await openScene();
    const headers = { ...HEADERS, 'content-type': 'application/json; charset=utf-8' };
    expect((await scene.post(UPDATE, { headers })).status).toBe(200);
    const chunks = [...Buffer.from(UPDATE)].map((byte) => Buffer.from([0x31, 13, 10, byte, 13, 10]));
    const chunked = head({ ...HEADERS, connection: 'close', 'transfer-encoding': 'chunked' });
    expect(await scene.speak(chunked, ...chunks, '0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
    const bytes = (await scene.raw()).flatMap(({ lines }) => lines.map((line) => bytesOf(line).toString()));
    expect(bytes).toEqual([UPDATE, UPDATE]);
    await scene.stop();
  });

  test('the same update five times: five lines, for dedupe to judge', async () => {
    const scene = await openScene();
    for (let i = 0; i < 5; i += 1) expect((await scene.post(UPDATE)).status).toBe(200);
    const lines = (await scene.raw()).flatMap(({ lines }) => lines);
    expect(lines.map((line) => line.body)).toEqual(Array<string>(5).fill(UPDATE));
    await scene.stop();
  });
});

describe('the secret', () => {
  test('two are good while it is rotated', async () => {
    const scene = await openScene({ secret: 'the-old-one_of-both, the-new-one_of-both' });
    const status = async (secret: string) =>
      (await scene.post(UPDATE, { headers: { ...HEADERS, 'x-telegram-bot-api-secret-token': secret } })).status;
    expect(await status('the-old-one_of-both')).toBe(200);
    expect(await status('the-new-one_of-both')).toBe(200);
    expect(await status('the-old-one_of-both, the-new-one_of-both')).toBe(401);
    await scene.stop();
  });

  test.each([
    undefined,
    '',
    ',',
    'a,',
    'a,b,c',
    'with blank',
    'ç',
    'x'.repeat(257),
    'a',
    'short-secret',
    '0'.repeat(64),
    'abababababababababab',
  ])('a configuration of %p is refused, and not repeated', (configured) => {
    const check = () => secretCheck(configured);
    expect(check).toThrow(SetupError);
    expect(check).toThrow(/^TELEGRAM_WEBHOOK_SECRET must hold one secret/);
    for (const secret of ['with blank', 'ç', 'xxx']) expect(check).not.toThrow(secret);
  });
});

test('health says that it can write, and how much waits', async () => {
  const scene = await openScene();
  const health = await scene.get('/health');
  expect([health.status, JSON.parse(health.body)]).toEqual([
    200,
    {
      status: 'green',
      since: expect.any(String),
      serving: true,
      parts: { store: { status: 'green', since: expect.any(String) } },
      waiting: { requests: 0, bytes: 0 },
    },
  ]);
  expect((await scene.get('/nowhere')).status).toBe(404);
  await scene.stop();
});

test('logs hold neither secrets nor bodies, whatever is sent', async () => {
  let refusing = true;
  const scene = await openScene({
    hooks: { put: (_, perform) => (refusing ? Promise.reject(new SetupError('no bucket')) : perform()) },
  });
  const body = '{"update_id":7,"message":{"text":"CPF 529.982.247-25","from":{"first_name":"Dulcinéia"}}}';
  const statuses = [(await scene.post(body)).status];
  refusing = false;
  statuses.push((await scene.post(body)).status);
  statuses.push((await scene.post(`{${body}`)).status);
  statuses.push((await scene.post(body, { path: `${PATH}?token=${SECRET}` })).status);
  statuses.push((await scene.post(body, { headers: { 'x-telegram-bot-api-secret-token': 'guess' } })).status);
  await scene.speak('POST nonsense\r\n\r\n');
  expect(statuses).toEqual([503, 200, 200, 200, 401]);
  expect(scene.logged.length).toBeGreaterThanOrEqual(4);
  for (const line of scene.logged) {
    for (const secret of [SECRET, 'guess', '529.982', 'Dulcin', 'update_id']) expect(line).not.toContain(secret);
  }
  await scene.stop();
});
