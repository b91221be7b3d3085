/** The standing workflows of a bot on the real server: poll, watchWebhook, and the way from one to the other. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SetupError } from '../../src/domain/errors.ts';
import { decodeRawLine } from '../../src/domain/formats/raw.ts';
import type { TelegramControl } from '../../src/local/telegram/bot.ts';
import { loadConfig } from '../../src/wiring/config.ts';
import { startTelegram } from '../../src/workers/telegram.ts';
import { LOOKS_PER_RUN } from '../../src/workflows/watch-webhook.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { BOT, TOKEN, closeAll, closeLater, emulated, said } from '../support/telegram.ts';

let lake: Lake;
let control: TelegramControl;
let api: Awaited<ReturnType<typeof emulated>>['api'];
let hookStatus = 503;

beforeAll(async () => {
  const emulator = await emulated();
  ({ control, api } = emulator);
  const hook = createServer((_, response) => {
    response.writeHead(hookStatus).end();
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  closeLater({
    close: async () => {
      hook.closeAllConnections();
      hook.close();
    },
  });
  lake = await openLake({
    TELEGRAM_API_ROOT: emulator.emulator.address,
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_MODE: 'polling',
    TELEGRAM_WEBHOOK_URL: `http://127.0.0.1:${(hook.address() as AddressInfo).port}`,
    TELEGRAM_WEBHOOK_SECRET: 'a-secret_of-the-tests',
  });
});
afterAll(async () => {
  await lake.close();
  await closeAll();
});

/** The texts in raw, in the order of their objects. */
async function landed(): Promise<string[]> {
  const texts: string[] = [];
  for await (const { key } of lake.ports.store.list('raw/source=telegram/')) {
    const lines = gunzipSync((await lake.ports.store.get(key))!)
      .toString()
      .trimEnd()
      .split('\n');
    for (const line of lines) {
      const { headers, body = '' } = decodeRawLine(line);
      expect(headers).toEqual({ origin: 'poll', bot: BOT });
      texts.push((JSON.parse(body) as ReturnType<typeof said>).message.text);
    }
  }
  return texts;
}

/** Waits for what other processes bring about. */
async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within a minute: ${what}`);
    await sleep(100);
  }
}

const handle = (id: string) => lake.client.workflow.getHandle(id);
const statusOf = async (id: string): Promise<string> => (await handle(id).describe()).status.name;

test('a worker in mode polling takes updates; paused it takes none, resumed it takes them, stopped it ends', async () => {
  control.fail('getUpdates', { code: 429, description: 'Too Many', parameters: { retry_after: 3 }, times: 1 });
  const calls = (): number => control.calls.get('getupdates') ?? 0;
  await lake.startWorker({ consume: true });
  await until('the first request', () => calls() === 1);
  const asked = Date.now();
  await until('the second request', () => calls() === 2);
  expect(Date.now() - asked).toBeGreaterThan(2_500); // as long as it was asked to wait, not the second of the policy
  control.update(said('one'));
  await until('one landed', async () => (await landed()).includes('one'));
  await until('one confirmed', () => control.pending === 0 || calls() > 2);
  const poll = handle(`poll/${BOT}`);
  await poll.signal('pause');
  await until('the slice ended', async () => (await poll.describe()).raw.pendingActivities?.length === 0);
  control.update(said('two'));
  await sleep(300);
  expect(control.pending).toBe(1);
  expect(await landed()).toEqual(['one']);
  await poll.signal('resume');
  await until('two landed', async () => (await landed()).includes('two'));
  await until('two confirmed', () => control.pending === 0);
  await poll.signal('stop');
  expect(await poll.result()).toMatchObject({ messages: expect.any(Number) });
  expect(await landed()).toEqual(['one', 'two']);
});

test('the watch tells of a gap, falls back to polling without losing what waits, and goes back', async () => {
  const url = lake.config.TELEGRAM_WEBHOOK_URL!;
  await api.setWebhook({ url, secretToken: 's', maxConnections: 1, allowedUpdates: ['message'] });
  control.update(said('stuck'));
  await until('a delivery failed', async () => (await api.getWebhookInfo()).lastErrorAt !== null);
  const watch = await lake.client.workflow.start('watchWebhook', {
    workflowId: `watch/${BOT}`,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [{ bot: BOT, everySeconds: 1 }],
  });
  await sleep(3_000);
  expect((await api.getWebhookInfo()).url).toBe(url); // it was not told to
  await watch.signal('fallBack');
  await until('stuck landed', async () => (await landed()).includes('stuck'));
  expect((await api.getWebhookInfo()).url).toBe('');
  expect(await statusOf(`poll/${BOT}`)).toBe('RUNNING');

  hookStatus = 200;
  await watch.signal('goBack');
  await until('the webhook is set', async () => (await api.getWebhookInfo()).url === `${url}/telegram/${BOT}`);
  await until('the poll ended', async () => (await statusOf(`poll/${BOT}`)) === 'COMPLETED');
  control.update(said('delivered'));
  await until('the webhook took it', () => control.pending === 0);
  expect(await landed()).not.toContain('delivered');
  await watch.signal('stop');
  const result = (await watch.result()) as unknown as { alerted: number; last: { set: boolean; alerts: string[] } };
  expect(result.alerted).toBeGreaterThan(1);
  expect(result.last).toMatchObject({ set: true });
});

test('goBack that Telegram refuses is told, and polling goes on', async () => {
  await api.deleteWebhook(false);
  const watch = await lake.client.workflow.start('watchWebhook', {
    workflowId: `watch/${BOT}`,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [{ bot: BOT, everySeconds: 1 }],
  });
  await watch.signal('fallBack');
  await until('it polls', async () => (await statusOf(`poll/${BOT}`)) === 'RUNNING');
  const description = 'Bad Request: bad webhook: Failed to resolve host: Name or service not known';
  const asked = (): number => control.calls.get('setwebhook') ?? 0;
  const before = asked();
  control.fail('setWebhook', { code: 400, description, times: 1 });
  await watch.signal('goBack');
  await until('it asked', () => asked() > before);
  control.update(said('while refused'));
  await until('somebody took it', async () => (await landed()).includes('while refused'));
  expect((await api.getWebhookInfo()).url).toBe('');
  expect([await statusOf(`poll/${BOT}`), await statusOf(`watch/${BOT}`)]).toEqual(['RUNNING', 'RUNNING']);

  control.fail('getWebhookInfo', { code: 400, description: 'Bad Request', times: 1 });
  await until('it looked on', async () => {
    const looks = control.calls.get('getwebhookinfo') ?? 0;
    await sleep(2_500);
    return (control.calls.get('getwebhookinfo') ?? 0) > looks;
  });
  expect(await statusOf(`watch/${BOT}`)).toBe('RUNNING');
  await watch.signal('goBack');
  await until('the poll ended', async () => (await statusOf(`poll/${BOT}`)) === 'COMPLETED');
  await watch.signal('stop');
  await watch.result();
});

test('every wish is acted on, also one that comes as the watch continues as new', async () => {
  const watch = await lake.client.workflow.start('watchWebhook', {
    workflowId: `watch/${BOT}`,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [{ bot: BOT, everySeconds: 1 }],
  });
  const asked = (): number => control.calls.get('setwebhook') ?? 0;
  for (let n = 0; n < LOOKS_PER_RUN + 5; n += 1) {
    const before = asked();
    await lake.client.workflow.getHandle(`watch/${BOT}`).signal('goBack');
    await until(`wish ${n} was acted on`, () => asked() > before);
  }
  const run = async (): Promise<string> => (await handle(`watch/${BOT}`).describe()).runId;
  await until('it continued as new', async () => (await run()) !== watch.firstExecutionRunId);
  await handle(`watch/${BOT}`).signal('stop');
  await handle(`watch/${BOT}`).result();
}, 180_000);

test('a watch that may fall back by itself does so when the gap stays', async () => {
  hookStatus = 503;
  control.update(said('again'));
  await until('a delivery failed', async () => (await api.getWebhookInfo()).lastErrorAt !== null);
  const watch = await lake.client.workflow.start('watchWebhook', {
    workflowId: `watch/${BOT}`,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [{ bot: BOT, everySeconds: 1, fallBack: true, pendingLimit: 0 }],
  });
  await until('again landed', async () => (await landed()).includes('again'));
  await watch.signal('stop');
  await watch.result();
  await handle(`poll/${BOT}`).signal('stop');
  await handle(`poll/${BOT}`).result();
});

test('the worker starts what its mode says', async () => {
  const said: string[] = [];
  const log = { info() {}, warn: (event: string) => void said.push(event) };
  await startTelegram(lake.client, { ...lake.config, TELEGRAM_MODE: 'webhook' }, log);
  expect(await statusOf(`watch/${BOT}`)).toBe('RUNNING');
  await startTelegram(lake.client, lake.config, log);
  await startTelegram(lake.client, lake.config, log);
  expect(await statusOf(`poll/${BOT}`)).toBe('RUNNING');
  await until('the watch ended', async () => (await statusOf(`watch/${BOT}`)) === 'COMPLETED');
  await handle(`poll/${BOT}`).signal('stop');
  await handle(`poll/${BOT}`).result();
  const none = loadConfig({ TELEGRAM_MODE: 'polling' });
  await expect(startTelegram(lake.client, none, log)).rejects.toThrow(SetupError);
  await startTelegram(lake.client, loadConfig({ TELEGRAM_MODE: 'webhook' }), log);
  expect(said).toEqual(['watch.omitted']);
  await startTelegram(lake.client, loadConfig({}), log);
});
