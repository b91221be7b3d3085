/**
 * The port of the Bot API over HTTP: against the emulator, and its reading part against Telegram itself when the environment
 * holds TELEGRAM_BOT_TOKEN (with TELEGRAM_LIVE_TESTS=1, so that a token that lies about is never used unasked).
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createBotApi } from '../../../src/adapters/telegram/client.ts';
import { PermanentError, SetupError, TransientError } from '../../../src/domain/errors.ts';
import { UPDATE_KINDS } from '../../../src/domain/sources/telegram/kinds.ts';
import { BOT, GROUP, NEVER, TOKEN, closeAll, closeLater, emulated, said } from '../../support/telegram.ts';

const ALL = { limit: 100, timeoutS: 0, allowedUpdates: UPDATE_KINDS };
const HOOK = {
  url: 'https://gate.example/telegram/7000001',
  secretToken: 's3',
  maxConnections: 7,
  allowedUpdates: UPDATE_KINDS,
};
const { TELEGRAM_BOT_TOKEN: realToken, TELEGRAM_LIVE_TESTS: live } = process.env;
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );

afterEach(closeAll);

describe.each([['the emulator', TOKEN], ...(live === '1' && realToken ? [['Telegram', realToken]] : [])])(
  '%s',
  (name, token = '') => {
    const open = async () =>
      name === 'Telegram'
        ? createBotApi({ apiRoot: 'https://api.telegram.org', token, timeoutMs: 20_000 })
        : (await emulated()).api;

    test('says who the bot is', async () => {
      expect(await (await open()).getMe()).toMatchObject({
        id: token.split(':')[0],
        username: expect.stringMatching(/bot$/i),
      });
    });

    test('says how updates are delivered', async () => {
      const info = await (await open()).getWebhookInfo();
      expect(info).toMatchObject({ url: expect.any(String), pending: expect.any(Number) });
    });

    test('refuses a wrong token in one sentence that does not hold it', async () => {
      const wrong = `${token.split(':')[0]}:wrong-token-0123456789012345678901234567`;
      const apiRoot = name === 'Telegram' ? 'https://api.telegram.org' : (await emulated()).emulator.address;
      const error = await caught(createBotApi({ apiRoot, token: wrong, timeoutMs: 20_000 }).getMe());
      expect(error).toBeInstanceOf(SetupError);
      expect(String(error)).toMatch(/token is refused.*@BotFather/);
      expect(inspect(error)).not.toContain('wrong-token');
    });
  },
);

describe('updates', () => {
  test('are given out until they are confirmed, byte for byte', async () => {
    const { api, control } = await emulated();
    const odd = '{ "message" : {"chat":{"id":-4000123,"type":"group"},"text":"caf\\u00e9 é 😀", "n":1.50e1}}';
    const first = control.update(odd)!;
    const second = control.update(said('two'))!;
    const got = await api.getUpdates(ALL, NEVER);
    expect(got.kind === 'updates' && got.updates.map(({ updateId }) => updateId)).toEqual([first, second]);
    expect(got.kind === 'updates' && Buffer.from(got.updates[0]!.body).toString()).toBe(
      `{"update_id":${first},${odd.slice(1)}`,
    );
    expect(await api.getUpdates(ALL, NEVER)).toEqual(got);
    const rest = await api.getUpdates({ ...ALL, offset: second }, NEVER);
    expect(rest).toEqual({ kind: 'updates', updates: got.kind === 'updates' && [got.updates[1]] });
    expect(await api.getUpdates({ ...ALL, offset: second + 1 }, NEVER)).toEqual({ kind: 'updates', updates: [] });
    expect(control.pending).toBe(0);
  });

  test('are waited for, and the waiting ends when the signal aborts', async () => {
    const { api, control } = await emulated();
    const waiting = api.getUpdates({ ...ALL, timeoutS: 20 }, NEVER);
    setTimeout(() => control.update(said('late')), 50);
    const got = await waiting;
    const last = got.kind === 'updates' ? got.updates[0]!.updateId : 0;
    expect(last).toBeGreaterThan(0);
    const abort = new AbortController();
    const given = caught(api.getUpdates({ ...ALL, offset: last + 1, timeoutS: 20 }, abort.signal));
    await new Promise((resolve) => setTimeout(resolve, 50));
    abort.abort(new Error('stop'));
    expect(String(await given)).toBe('Error: stop');
  });

  test('a webhook and a second caller are values, not errors', async () => {
    const { api } = await emulated();
    const first = api.getUpdates({ ...ALL, timeoutS: 20 }, NEVER);
    const second = new Promise((resolve) => setTimeout(resolve, 50)).then(() =>
      api.getUpdates({ ...ALL, timeoutS: 20 }, NEVER),
    );
    expect(await first).toEqual({ kind: 'otherPoller' });
    await api.setWebhook({ ...HOOK, url: 'http://127.0.0.1:9/' });
    expect(await second).toEqual({ kind: 'webhookActive' });
    expect(await api.getUpdates(ALL, NEVER)).toEqual({ kind: 'webhookActive' });
  });
});

test('the webhook is set with its limits and kinds, and removed; what waits is kept unless it is dropped', async () => {
  const { api, control } = await emulated();
  control.update(said('kept'));
  expect(await api.getWebhookInfo()).toEqual({
    url: '',
    pending: 1,
    lastErrorAt: null,
    lastError: null,
    maxConnections: null,
    allowedUpdates: null,
  });
  await api.setWebhook({ ...HOOK, url: 'http://127.0.0.1:9/' });
  expect(await api.getWebhookInfo()).toMatchObject({
    url: 'http://127.0.0.1:9/',
    pending: 1,
    maxConnections: 7,
    allowedUpdates: UPDATE_KINDS,
  });
  await api.deleteWebhook(false);
  expect(await api.getWebhookInfo()).toMatchObject({ url: '', pending: 1 });
  await api.deleteWebhook(true);
  expect(await api.getWebhookInfo()).toMatchObject({ pending: 0 });
});

test('a sent message comes back as Telegram recorded it; a group that moved is a value', async () => {
  const { api, control } = await emulated();
  control.update(said('hello'));
  const sent = await api.sendMessage(String(GROUP), 'olá');
  expect(sent.kind === 'sent' && JSON.parse(Buffer.from(sent.response).toString())).toMatchObject({
    ok: true,
    result: { message_id: 2, from: { id: Number(BOT), is_bot: true }, chat: { id: GROUP }, text: 'olá' },
  });
  const to = control.migrate(String(GROUP));
  expect(await api.sendMessage(String(GROUP), 'olá')).toEqual({ kind: 'migrated', to });
  expect(await api.sendMessage(to, 'olá')).toMatchObject({ kind: 'sent' });
});

const METHODS = ['getMe', 'getUpdates', 'setWebhook', 'deleteWebhook', 'getWebhookInfo', 'sendMessage'] as const;
const callsOf = (api: ReturnType<typeof createBotApi>) => ({
  getMe: () => api.getMe(),
  getUpdates: () => api.getUpdates(ALL, NEVER),
  setWebhook: () => api.setWebhook(HOOK),
  deleteWebhook: () => api.deleteWebhook(false),
  getWebhookInfo: () => api.getWebhookInfo(),
  sendMessage: () => api.sendMessage(String(GROUP), 'a text nobody logs'),
});

describe.each(METHODS)('%s, when it fails', (method) => {
  test.each([
    [429, { retry_after: 17 }, TransientError, 'wait 17 s'],
    [500, undefined, TransientError, 'tried again'],
    [401, undefined, SetupError, 'token is refused'],
    [404, undefined, SetupError, 'token is refused'],
    [403, undefined, PermanentError, 'blocked the bot'],
    [400, undefined, PermanentError, 'refused'],
  ])('with %i is of its kind, and tells no token', async (code, parameters, kind, words) => {
    const { api, control } = await emulated();
    control.fail(method, { code, description: `about ${TOKEN}`, times: 1, ...(parameters && { parameters }) });
    const error = await caught(callsOf(api)[method]());
    expect(error).toBeInstanceOf(kind);
    expect(String(error)).toContain(words);
    expect(String(error)).toContain(BOT);
    expect((error as TransientError).retryAfterMs).toBe(code === 429 ? 17_000 : undefined);
    tellsNothing(error);
  });

  test.each([
    ['nobody listens', 'http://127.0.0.1:1'],
    ['the name does not resolve', 'http://telegram.invalid'],
    ['the address cannot be asked', 'http://127.0.0.1:99'],
  ])('because %s is transient, and tells no token', async (_, apiRoot) => {
    const error = await caught(callsOf(createBotApi({ apiRoot, token: TOKEN, timeoutMs: 2_000 }))[method]());
    expect(error).toBeInstanceOf(TransientError);
    tellsNothing(error);
  });

  test.each([
    ['a page of a proxy', 200, '<html>'],
    ['half a body', 200, '{"ok":true,"result":['],
    ['another object', 502, '{"message":"bad gateway"}'],
  ])('because of %s is transient, and tells no token', async (_, status, body) => {
    const apiRoot = await answering(status, body);
    const error = await caught(callsOf(createBotApi({ apiRoot, token: TOKEN, timeoutMs: 2_000 }))[method]());
    expect(error).toBeInstanceOf(TransientError);
    expect(String(error)).toContain('TELEGRAM_API_ROOT');
    tellsNothing(error);
  });

  test('because nothing is answered is transient, and tells no token', async () => {
    const apiRoot = await answering(undefined, '');
    const error = await caught(callsOf(createBotApi({ apiRoot, token: TOKEN, timeoutMs: 100 }))[method]());
    expect(error).toBeInstanceOf(TransientError);
    expect(String(error)).toContain('no answer in time');
    tellsNothing(error);
  });
});

test.each([
  ['no token', 'https://api.telegram.org'],
  [TOKEN, 'api.telegram.org'],
  [TOKEN, `not an address ${TOKEN}`],
])('a client of another form is refused without quoting it', (token, apiRoot) => {
  const error = (() => {
    try {
      return createBotApi({ apiRoot, token, timeoutMs: 1 });
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(SetupError);
  tellsNothing(error);
});

/** Neither message, stack, cause nor any property holds the token, the text or the chat. */
function tellsNothing(error: unknown): void {
  const all = inspect(error, { depth: 10, showHidden: true });
  for (const secret of [TOKEN, TOKEN.split(':')[1]!, 'a text nobody logs', String(GROUP)])
    expect(all).not.toContain(secret);
}

/** A server that answers everything alike; not at all when there is no status. */
async function answering(status: number | undefined, body: string): Promise<string> {
  const server = createServer((_, response) => {
    if (status !== undefined) response.writeHead(status, { 'content-type': 'text/html' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeLater({ close: async () => (server.closeAllConnections(), server.close()) });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
