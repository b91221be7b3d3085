/**
 * Recorded histories replay: a change of a workflow that would break runs in flight fails here.
 * RECORD_HISTORIES=1 (npm run histories) records them anew from the real server.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker, bundleWorkflowCode } from '@temporalio/worker';
import { writeRaw } from '../../src/activities/write-raw.ts';
import { demoBodies } from '../../src/domain/demo.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { BOT, TOKEN, closeAll, emulated } from '../support/telegram.ts';

const folder = fileURLToPath(new URL('../histories/', import.meta.url));
const workflowsPath = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));
const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
const bundle = bundleWorkflowCode({ workflowsPath, logger: quiet });

const recording = process.env['RECORD_HISTORIES'] === '1';
const names = recording ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'));

async function replay(history: unknown): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: await bundle }, history, 'recorded');
}

describe('recorded histories', () => {
  if (recording) {
    test('are recorded from the real server', record, 120_000);
    return;
  }
  test('there is one of every workflow', async () => {
    const { code } = await bundle;
    for (const type of ['consume', 'etl', 'etlWindow', 'poll', 'watchWebhook']) {
      expect(code).toContain(type);
      expect(names.some((name) => name.startsWith(`${type}-`))).toBe(true);
    }
  });
  test.each(names)('%s replays', async (name) => {
    await replay(JSON.parse(readFileSync(join(folder, name), 'utf8')));
  });
  test('a history whose first activity is another one does not', async () => {
    const text = readFileSync(join(folder, 'etlWindow-published.json'), 'utf8').replaceAll(
      '"sealWindow"',
      '"anotherActivity"',
    );
    await expect(replay(JSON.parse(text))).rejects.toThrow();
  });
});

let lake: Lake | undefined;
afterAll(async () => {
  await lake?.close();
  await closeAll();
});

/** Plays the demo and every way to end, and writes each history without what names a machine. */
async function record(): Promise<void> {
  const { emulator } = await emulated();
  lake = await openLake({
    TELEGRAM_API_ROOT: emulator.address,
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_MODE: 'polling',
    TELEGRAM_WEBHOOK_URL: 'http://127.0.0.1:9',
    TELEGRAM_WEBHOOK_SECRET: 'recorded',
  });
  const { client, config, ports } = lake;
  const openedAt = Date.UTC(2026, 10, 22, 3);
  const messages = demoBodies().map((body, i) => ({
    id: `lab:${i}`,
    receivedAt: openedAt,
    headers: {},
    body: new TextEncoder().encode(body),
  }));
  await writeRaw(ports.store, 'desk', openedAt, messages);
  await lake.startWorker({ consume: true });
  const save = async (name: string, workflowId: string): Promise<void> => {
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    const text = historyToJSON(history)
      .replaceAll(/\d+@[\w.-]+/g, 'worker')
      .replaceAll(config.TEMPORAL_NAMESPACE, 'lake');
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(JSON.parse(text), null, 1)}\n`);
  };
  const run = (workflowId: string, args: unknown[]) =>
    client.workflow.execute('etl', { workflowId, taskQueue: config.CHATLAKE_TASK_QUEUE, args });
  await run('all', [{}]);
  await save('etl-pending', 'all');
  await save('etlWindow-published', 'etl/desk/2026-11-22T03');
  await run('again', [{ source: 'desk', window: '2026-11-22T03' }]);
  await save('etl-window', 'again');
  await save('etlWindow-nothing', 'etl/desk/2026-11-22T03');
  await run('wrong', [{ windw: 1 }]).catch(() => undefined);
  await save('etl-wrong-input', 'wrong');
  const watch = await client.workflow.start('watchWebhook', {
    workflowId: `watch/${BOT}`,
    taskQueue: config.CHATLAKE_TASK_QUEUE,
    args: [{ bot: BOT, everySeconds: 1 }],
  });
  for (const [id, name] of [
    ['consume/desk', 'consume-stopped'],
    [`poll/${BOT}`, 'poll-stopped'],
  ] as const) {
    const standing = client.workflow.getHandle(id);
    await standing.signal('pause');
    await standing.signal('resume');
    await standing.signal('stop');
    await standing.result();
    await save(name, id);
  }
  for (const signal of ['goBack', 'fallBack', 'stop']) {
    await watch.signal(signal);
    await sleep(2_500); // so that it looks in between
  }
  await watch.result();
  await save('watchWebhook-there-and-back', `watch/${BOT}`);
}
