/** The verbs of `chatlake telegram`, against the emulator and a store in a directory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from '@jest/globals';
import { Command } from 'commander';
import type { Announcer } from '../../src/adapters/announce/announcer.ts';
import { addTelegram } from '../../src/cli/telegram.ts';
import { PermanentError, SetupError, TransientError } from '../../src/domain/errors.ts';
import { parseRawKey } from '../../src/domain/formats/layout.ts';
import { decodeRawLine } from '../../src/domain/formats/raw.ts';
import { UPDATE_KINDS } from '../../src/domain/sources/telegram/kinds.ts';
import { type Environment, loadConfig } from '../../src/wiring/config.ts';
import { openStore } from '../../src/wiring/store.ts';
import { BOT, GROUP, TOKEN, closeAll, closeLater, emulated, said } from '../support/telegram.ts';

const SECRET = 'a-secret_of-the-webhook';

afterEach(closeAll);

/** Runs verbs against an emulated bot; `printed` is all that was printed, and never holds the token or the secret. */
async function scene(changes: Environment = {}) {
  const { emulator, control, api } = await emulated();
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-cli-'));
  closeLater({ close: async () => rmSync(dir, { recursive: true }) });
  const config = loadConfig({
    S3_ENDPOINT: pathToFileURL(dir).href,
    TELEGRAM_API_ROOT: emulator.address,
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_WEBHOOK_URL: 'http://127.0.0.1:9/base/',
    TELEGRAM_WEBHOOK_SECRET: `${SECRET},the-old-one_of-the-webhook`,
    ...changes,
  });
  const printed: string[] = [];
  const announced: string[] = [];
  const announcer: Announcer = {
    announce: (source, window) => void announced.push(`${source} ${window}`),
    wake: () => Promise.resolve(),
    close: async () => void announced.push('closed'),
  };
  const run = async (...args: string[]): Promise<string> => {
    const program = new Command().exitOverride().configureOutput({ writeErr: (text) => void printed.push(text) });
    const before = printed.length;
    const print = (text: string): void => void printed.push(text);
    addTelegram(program.command('telegram'), { config: () => config, print, announcerOf: () => announcer });
    try {
      await program.parseAsync(['telegram', ...args], { from: 'user' });
    } catch (error) {
      printed.push(String(error));
      throw error;
    } finally {
      for (const secret of [TOKEN, TOKEN.split(':')[1]!, SECRET]) expect(printed.join('\n')).not.toContain(secret);
    }
    return printed.slice(before).join('\n');
  };
  return { config, control, api, run, announced };
}

test('set-webhook sends the new secret, every kind and the connections; delete keeps what waits', async () => {
  const { control, api, run } = await scene();
  control.update(said('waits'));
  expect(await run('set-webhook')).toMatch(
    new RegExp(
      `${UPDATE_KINDS.length} kinds.*http://127.0.0.1:9/base/telegram/${BOT}.*100 connections.*what waited is kept`,
    ),
  );
  expect(await api.getWebhookInfo()).toMatchObject({
    url: `http://127.0.0.1:9/base/telegram/${BOT}`,
    maxConnections: 100,
    allowedUpdates: UPDATE_KINDS,
  });
  expect(await run('info')).toMatch(/waiting +1/);
  expect(JSON.parse(await run('info', '--json'))).toMatchObject({ bot: BOT, pending: 1, maxConnections: 100 });
  expect(await run('delete')).toContain('1 updates wait at Telegram');
  expect(await run('info')).toContain('none: updates are polled');
  expect(await run('delete', '--drop-pending')).toContain('thrown away');
  expect(control.pending).toBe(0);
});

test('me says who the bot is', async () => {
  const { run } = await scene();
  expect(await run('me')).toMatch(new RegExp(`${BOT} @\\w+bot`));
  expect(JSON.parse(await run('me', '--json'))).toMatchObject({ id: BOT });
});

test('send keeps Telegram’s whole response as the record', async () => {
  const { control, config, run, announced } = await scene();
  control.update(said('hello'));
  expect(await run('send', '--', String(GROUP), 'olá 😀')).toContain('sent, and kept in raw/source=telegram/');
  const store = openStore(config);
  for await (const { key } of store.list('raw/')) {
    const line = decodeRawLine(gunzipSync((await store.get(key))!).toString());
    expect(announced).toEqual([`telegram ${parseRawKey(key)?.window}`, 'closed']);
    expect(line.headers).toEqual({ origin: 'sent', bot: BOT, method: 'sendMessage' });
    expect(JSON.parse(line.body!)).toMatchObject({ ok: true, result: { text: 'olá 😀', chat: { id: GROUP } } });
  }
  expect(control.calls.get('sendmessage')).toBe(1);
});

test('send says what became of a message that was not sent, or not recorded', async () => {
  const { control, run } = await scene();
  await expect(run('send', '5', 'anybody?')).rejects.toThrow(/chat not found/);
  await expect(run('send', 'somebody', 'x')).rejects.toThrow(PermanentError);
  await expect(run('send', '5', ' ')).rejects.toThrow(/empty/);
  control.update(said('hello'));
  control.fail('sendMessage', { code: 403, description: 'Forbidden: bot was blocked by the user', times: 1 });
  await expect(run('send', '--', String(GROUP), 'x')).rejects.toThrow(/blocked/);
  control.fail('sendMessage', { code: 429, description: 'Too Many', parameters: { retry_after: 3 }, times: 1 });
  await expect(run('send', '--', String(GROUP), 'x')).rejects.toThrow(/wait 3 s/);
  const to = control.migrate(String(GROUP));
  await expect(run('send', '--', String(GROUP), 'x')).rejects.toThrow(`send to ${to} instead`);
  const nowhere = await scene({ S3_ENDPOINT: import.meta.url });
  nowhere.control.update(said('hello'));
  const lost = nowhere.run('send', '--', String(GROUP), 'x');
  await expect(lost).rejects.toThrow(TransientError);
  await expect(lost).rejects.toThrow(/was sent \(do not send it again\)/);
});

test.each<[string, Environment, string, RegExp]>([
  ['no token', { TELEGRAM_BOT_TOKEN: '' }, 'me', /TELEGRAM_BOT_TOKEN is not set/],
  ['another bot’s token', { TELEGRAM_BOT_ID: '42' }, 'me', /token of bot 7000001, but TELEGRAM_BOT_ID is 42/],
  ['no secret', { TELEGRAM_WEBHOOK_SECRET: '' }, 'set-webhook', /TELEGRAM_WEBHOOK_SECRET must be/],
  ['a secret Telegram refuses', { TELEGRAM_WEBHOOK_SECRET: 'ação' }, 'set-webhook', /TELEGRAM_WEBHOOK_SECRET must be/],
  ['no address', { TELEGRAM_WEBHOOK_URL: '' }, 'set-webhook', /TELEGRAM_WEBHOOK_URL must be/],
  [
    'http, for the real Telegram',
    { TELEGRAM_API_ROOT: 'https://api.telegram.org' },
    'set-webhook',
    /public https address/,
  ],
])('with %s the sentence says what to set', async (_, changes, verb, sentence) => {
  const { run, control } = await scene(changes);
  const failed = run(verb);
  await expect(failed).rejects.toThrow(sentence);
  await expect(failed).rejects.toThrow(SetupError);
  expect(control.calls.size).toBe(0);
});

test('the notice is there in both languages, with what, why and how to have it erased', async () => {
  const text = await (await scene()).run('consent-text');
  for (const word of ['armazenadas', 'Para quê', 'eliminação', 'stored', 'Why', 'erasure'])
    expect(text).toContain(word);
});
