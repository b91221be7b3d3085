/** Who is let in: attacks on the login, from other sites, by other names. No server of ours is needed but its guard. */
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { type FastifyInstance, fastify } from 'fastify';
import { csvOf } from '../../src/domain/csv.ts';
import { addGuard, openSessions } from '../../src/dashboard/guard.ts';
import { createTries } from '../../src/dashboard/tries.ts';
import { createSessions, parseUsers, userLine } from '../../src/dashboard/users.ts';

const PASSWORD = 'correct horse battery';
let line: string;
beforeAll(async () => {
  line = await userLine('ana', PASSWORD);
});
let app: FastifyInstance | undefined;
afterEach(() => app?.close());

function open(host: string, users?: string): FastifyInstance {
  app = fastify();
  addGuard(app, host, openSessions(host, users));
  app.get('/api/secret', () => ({ open: true }));
  app.get('/login', () => 'the page');
  app.get('/', () => 'the page');
  return app;
}
const login = (to: FastifyInstance, payload: object, headers = {}) =>
  to.inject({ method: 'POST', url: '/login', payload, headers: { host: 'pages.example', ...headers } });

test('an address that others reach is not opened without users, and the sentence says how to make one', () => {
  expect(() => openSessions('0.0.0.0', undefined)).toThrow(/chatlake user NAME/);
  expect(() => openSessions('192.168.0.5', '# nobody\n')).toThrow(/DASHBOARD_USERS names nobody/);
  for (const host of ['127.0.0.1', '127.0.0.2', '::1', 'localhost'])
    expect(openSessions(host, undefined)).toBeUndefined();
});

test('on loopback, a page of another name is refused: a name that was pointed here reads nothing', async () => {
  const own = open('127.0.0.1');
  const asked = (host: string) => own.inject({ url: '/api/secret', headers: { host } });
  expect((await asked('127.0.0.1:8080')).statusCode).toBe(200);
  expect((await asked('localhost:8080')).statusCode).toBe(200);
  expect((await asked('[::1]:8080')).statusCode).toBe(200);
  for (const host of ['evil.example', 'evil.example:8080', '127.0.0.1.evil.example', 'localhost.evil.example'])
    expect((await asked(host)).statusCode).toBe(421);
});

test('nothing of the answers is open without a session; the page and its login are', async () => {
  const own = open('0.0.0.0', line);
  const headers = { host: 'pages.example' };
  expect((await own.inject({ url: '/', headers })).statusCode).toBe(200);
  expect((await own.inject({ url: '/login', headers })).statusCode).toBe(200);
  const refused = await own.inject({ url: '/api/secret', headers });
  expect([refused.statusCode, refused.json()]).toEqual([401, { error: 'Log in first.', erro: 'Entre primeiro.' }]);
  for (const cookie of ['chatlake_session=', 'chatlake_session=guessed', 'other=1'])
    expect((await own.inject({ url: '/api/secret', headers: { ...headers, cookie } })).statusCode).toBe(401);
});

test('who has name and password is in until the logout; the cookie is kept from scripts and other sites', async () => {
  const own = open('0.0.0.0', line);
  const answer = await login(own, { name: 'ana', password: PASSWORD }, { 'x-forwarded-proto': 'https' });
  expect(answer.statusCode).toBe(204);
  const set = String(answer.headers['set-cookie']);
  for (const part of ['HttpOnly', 'SameSite=Strict', 'Secure', 'Path=/']) expect(set).toContain(part);
  const [cookie = ''] = set.split(';');
  const asked = () => own.inject({ url: '/api/secret', headers: { host: 'pages.example', cookie } });
  expect((await asked()).statusCode).toBe(200);
  await own.inject({ method: 'POST', url: '/logout', headers: { host: 'pages.example', cookie } });
  expect((await asked()).statusCode).toBe(401);
});

test('a wrong name, a wrong password and what is neither get the same sentence, and nothing is echoed', async () => {
  const own = open('0.0.0.0', line);
  const wrong = await login(own, { name: 'ana', password: '<script>wrong' });
  const unknown = await login(own, { name: '<script>nobody', password: PASSWORD });
  expect([wrong.statusCode, unknown.statusCode]).toEqual([401, 401]);
  expect(wrong.body).toBe(unknown.body);
  expect(wrong.body + unknown.body).not.toContain('script');
  expect((await login(own, { name: ['ana'], password: {} })).statusCode).toBe(400);
});

const HERE = '203.0.113.7';
const ELSEWHERE = '198.51.100.9';

test('tries are counted by address and name: a stranger shuts out nobody but himself, and only for a minute', async () => {
  let now = 0;
  const sessions = createSessions(parseUsers(line), () => now);
  // What is too long is not tried at all; these are.
  expect((await sessions.login('ana', 'x'.repeat(2_000), ELSEWHERE)).kind).toBe('later');
  for (let n = 0; n < 10; n += 1) expect((await sessions.login('ana', `wrong ${n}`, ELSEWHERE)).kind).toBe('wrong');
  expect((await sessions.login('ana', PASSWORD, ELSEWHERE)).kind).toBe('later');
  expect((await sessions.login('ana', PASSWORD, HERE)).kind).toBe('in');
  now += 61_000;
  expect((await sessions.login('ana', PASSWORD, ELSEWHERE)).kind).toBe('in');
}, 120_000);

test('one address may try many names, but not a list of them; an IPv6 network counts as one address', () => {
  const tries = createTries(() => 0);
  const taken = (address: (n: number) => string): number =>
    Array.from({ length: 100 }, (_, n) => tries.take(address(n), `name ${n}`)).filter(Boolean).length;
  expect(taken(() => ELSEWHERE)).toBe(40);
  expect(taken((n) => `2001:db8::${n.toString(16)}`)).toBe(40);
  expect(tries.take('2001:db8:0:0:ffff::1', 'another')).toBe(false);
  expect(tries.take('2001:db8:0:1::1', 'another')).toBe(true);
  expect(tries.take(HERE, 'name 1')).toBe(true);
  // The same machine by its other name.
  expect(tries.take(`::ffff:${ELSEWHERE}`, 'another')).toBe(false);
});

test('who logs in begins anew, and a flood of addresses is forgotten, not kept', () => {
  const tries = createTries(() => 0);
  for (let n = 0; n < 10; n += 1) tries.take(HERE, 'ana');
  expect(tries.take(HERE, 'ana')).toBe(false);
  tries.forget(HERE, 'ana');
  expect(tries.take(HERE, 'ana')).toBe(true);
  for (let n = 0; n < 10; n += 1) tries.take(HERE, 'ana');
  for (let n = 0; n < 6_000; n += 1) tries.take(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, 'x'.repeat(1_000));
  // Its counter was the oldest of more than are kept.
  expect(tries.take(HERE, 'ana')).toBe(true);
});

test('a session ends after twelve hours', async () => {
  let now = 0;
  const sessions = createSessions(parseUsers(line), () => now);
  const outcome = await sessions.login('ana', PASSWORD, HERE);
  const token = outcome.kind === 'in' ? outcome.token : '';
  expect(sessions.userOf(token)).toBe('ana');
  now += 12 * 3_600_000 + 1;
  expect(sessions.userOf(token)).toBeUndefined();
});

test('another site’s request is refused, and the page may load nothing from anywhere else', async () => {
  const own = open('0.0.0.0', line);
  const foreign = await login(own, { name: 'ana', password: PASSWORD }, { origin: 'https://evil.example' });
  expect([foreign.statusCode, foreign.headers['set-cookie']]).toEqual([403, undefined]);
  expect((await login(own, { name: 'ana', password: PASSWORD }, { origin: 'null' })).statusCode).toBe(403);
  const policy = String(foreign.headers['content-security-policy']);
  expect(policy).toMatch(/default-src 'none'/);
  expect(policy).toMatch(/frame-ancestors 'none'/);
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
});

test('a line that is no user is named by its number, and a short password is not taken', async () => {
  expect(() => parseUsers(`${line}\nana:plain`)).toThrow(/Line 2 of DASHBOARD_USERS/);
  await expect(userLine('ana', 'short')).rejects.toThrow(/at least 12/);
  await expect(userLine('a b', PASSWORD)).rejects.toThrow(/1 to 64 letters/);
});

test('no cell of a CSV is a formula; numbers stay numbers', () => {
  const cells = [
    '=1+1',
    '+1+1',
    '-1-1',
    '+1',
    '@sum',
    '\tx',
    '\rx',
    '\n=1',
    '＝1+1',
    '＠sum',
    'plain',
    'a "b", c',
    -3,
    null,
  ];
  expect(
    csvOf(
      ['a'],
      cells.map((cell) => [cell]),
    ).split('\r\n'),
  ).toEqual([
    ...[
      'a',
      "'=1+1",
      "'+1+1",
      "'-1-1",
      '+1',
      "'@sum",
      "'\tx",
      `"'\rx"`,
      `"'\n=1"`,
      "'＝1+1",
      "'＠sum",
      'plain',
      '"a ""b"", c"',
      '-3',
      '',
      '',
    ],
  ]);
});
