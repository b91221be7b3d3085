/** The gateway's process: what it refuses to start with, and how it stops. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createDirectoryStore } from '../../src/adapters/object-store/directory.ts';
import { freePort } from '../../src/wiring/metrics-server.ts';
import { BOT, HEADERS, PATH, SECRET, bytesOf, rawObjects } from './scene.ts';

const MAIN = new URL('../../dist/gateway/main.js', import.meta.url);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chatlake-gateway-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const environment = () => ({
  S3_ENDPOINT: pathToFileURL(dir).href,
  TELEGRAM_BOT_ID: BOT,
  TELEGRAM_WEBHOOK_SECRET: SECRET,
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  GATEWAY_PORT: '0',
});

interface Running {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<unknown[]>;
}

function start(env: Record<string, string>): Running {
  const child = fork(MAIN, { env, execArgv: [], silent: true });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return { child, said: () => said, ended: once(child, 'close') };
}

test('on SIGTERM it answers what it holds, ends with 0, and has logged no secret', async () => {
  const port = await freePort();
  const { child, said, ended } = start({
    ...environment(),
    GATEWAY_BATCH_MAX_WAIT_MS: '60000',
    METRICS_PORT: String(port),
  });
  await once(child, 'message');
  // The log comes by a pipe of its own, perhaps later than the message.
  while (!said().includes('\n')) await sleep(10);
  const { url } = JSON.parse(said().split('\n')[0]!) as { url: string };
  const answers = [1, 2, 3].map((n) =>
    fetch(url + PATH, { method: 'POST', headers: HEADERS, body: `{"update_id":${n}}` }),
  );
  while (!(await (await fetch(`http://127.0.0.1:${port}/health`)).text()).includes('"requests":3'));
  child.kill('SIGTERM');
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(await ended).toEqual([0, null]);
  const lines = (await rawObjects(createDirectoryStore(join(dir, 'chatlake')))).flatMap(({ lines }) => lines);
  expect(lines.map((line) => bytesOf(line).toString()).sort()).toEqual([1, 2, 3].map((n) => `{"update_id":${n}}`));
  expect(said()).toContain('gateway.stopped');
  expect(said()).not.toContain(SECRET);
});

const refusals: [string, Record<string, string>, RegExp][] = [
  ['a secret', { TELEGRAM_WEBHOOK_SECRET: '' }, /TELEGRAM_WEBHOOK_SECRET must hold one secret/],
  ['a bot', { TELEGRAM_BOT_ID: '' }, /TELEGRAM_BOT_ID must be the numeric id/],
  ['an address it can have', { GATEWAY_HOST: '192.0.2.1' }, /cannot listen at 192\.0\.2\.1/],
];
test.each(refusals)('without %s it does not start, and says so in one line', async (_, change, sentence) => {
  const { said, ended } = start({ ...environment(), ...change });
  expect(await ended).toEqual([1, null]);
  expect(said()).toMatch(sentence);
  expect(said().trim().split('\n')).toHaveLength(1);
});

test('the id of the bot may come from its token, which is not told', async () => {
  const token = `${BOT}:a-token-of-the-bot`;
  const { child, said, ended } = start({ ...environment(), TELEGRAM_BOT_ID: '', TELEGRAM_BOT_TOKEN: token });
  await once(child, 'message');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(said()).not.toContain('a-token-of-the-bot');
});
