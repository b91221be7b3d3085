/**
 * Recorded histories replay: a change of a workflow that would break runs in flight fails here.
 * RECORD_HISTORIES=1 (npm run histories) records them anew from the real server.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker, bundleWorkflowCode } from '@temporalio/worker';
import { writeRaw } from '../../src/lake/raw.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { demoBodies } from '../../src/domain/sources/desk/demo.ts';
import { PermanentError } from '../../src/domain/errors.ts';
import { UPKEEP_STEPS } from '../../src/domain/inputs/maintain.ts';
import { windowOf } from '../../src/domain/window.ts';
import { openStore } from '../../src/wiring/store.ts';
import { decorateStore } from '../support/decorate-store.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { BOT, TOKEN, closeAll, emulated } from '../support/telegram.ts';
import { until } from '../support/until.ts';

const folder = fileURLToPath(new URL('../histories', import.meta.url));
const workflowsPath = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));
const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
const bundle = bundleWorkflowCode({ workflowsPath, logger: quiet });

const TYPES = [
  ...['backfill', 'closeDay', 'consume', 'etl', 'etlWindow', 'forward', 'importExport', 'live', 'maintain'],
  ...['poll', 'rebuildWindow', 'replayFailed', 'reportWeekly', 'watchWebhook'],
];
const recording = process.env['RECORD_HISTORIES'] === '1';
const names = recording ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'));

async function replay(history: unknown): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: await bundle }, history, 'recorded');
}

describe('recorded histories', () => {
  if (recording) {
    test('are recorded from the real server', record, 600_000);
    return;
  }
  test('there is one of every workflow', async () => {
    const { code } = await bundle;
    for (const type of TYPES) {
      expect(code).toContain(type);
      expect(names.some((name) => name.startsWith(`${type}-`))).toBe(true);
    }
  });
  test.each(names)('%s replays', async (name) => {
    await replay(JSON.parse(readFileSync(join(folder, name), 'utf8')));
  });
  test('one of live continued as new', () => {
    const text = readFileSync(join(folder, 'live-rolled-over.json'), 'utf8');
    expect(text).toContain('EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW');
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

/** Writes a history without what names a machine. */
async function save({ client, config }: Lake, name: string, workflowId: string, runId?: string): Promise<void> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const text = historyToJSON(history)
    .replaceAll(/\d+@[\w.-]+/g, 'worker')
    .replaceAll(config.TEMPORAL_NAMESPACE, 'lake')
    .replaceAll(process.cwd(), '/chatlake');
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(JSON.parse(text), null, 1)}\n`);
}

/** An import of several slices, by a clock that runs ahead, in a lake of its own. */
async function recordImport(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-recorded-'));
  const imports = await openLake({ IMPORT_DIR: dir });
  const file = join(dir, 'result.json');
  try {
    let clock = Date.now();
    await imports.startWorker({ overrides: { now: () => (clock += 3_000) } });
    const messages = Array.from({ length: 12_000 }, (_, id) => `{"id":${id},"date_unixtime":"1795000000"}`);
    writeFileSync(file, `{"type":"public_supergroup","id":1500000001,"messages":[${messages.join()}]}`);
    await imports.client.workflow.execute('importExport', {
      workflowId: 'import',
      taskQueue: imports.config.CHATLAKE_TASK_QUEUE,
      args: [{ file: 'result.json', bot: '77' }],
    });
    await save(imports, 'importExport-slices', 'import');
  } finally {
    rmSync(dir, { recursive: true });
    await imports.close();
  }
}

/** A backfill that continues as new, with a window that fails; one that ends after its plan; one that is cancelled. */
async function recordBackfill(): Promise<void> {
  const filled = await openLake();
  try {
    const store = openStore(filled.config);
    const bad = `staging/desk-${windowAfter(1)}`;
    await filled.startWorker({
      overrides: {
        store: decorateStore(store, {
          put: (key, perform) =>
            key.startsWith(bad) ? Promise.reject(new PermanentError('the disk is full')) : perform(),
        }),
      },
    });
    for (let n = 0; n < 4; n += 1) await writeDesk(store, windowAfter(n), [`a${n}`]);
    const start = (input: object) =>
      filled.client.workflow.start('backfill', {
        workflowId: 'backfill',
        taskQueue: filled.config.CHATLAKE_TASK_QUEUE,
        args: [{ source: 'desk', receivedFrom: windowAfter(0), ...input }],
      });
    const over = (handle: WorkflowHandle) => handle.result().catch(() => undefined);
    const run = await start({ windowsPerRun: 2 });
    await over(run);
    await save(filled, 'backfill-continued', 'backfill', run.firstExecutionRunId);
    await save(filled, 'backfill-failed', 'backfill');
    await over(await start({ dryRun: true }));
    await save(filled, 'backfill-planned', 'backfill');
    const cancelled = await start({});
    await cancelled.signal('pause');
    await cancelled.signal('resume');
    await cancelled.cancel();
    await over(cancelled);
    await save(filled, 'backfill-cancelled', 'backfill');
  } finally {
    await filled.close();
  }
}

/** Plays the demo and every way to end, and writes each history without what names a machine. */
async function record(): Promise<void> {
  await recordImport();
  await recordBackfill();
  const { emulator } = await emulated();
  lake = await openLake({
    TELEGRAM_API_ROOT: emulator.address,
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_MODE: 'polling',
    TELEGRAM_WEBHOOK_URL: 'http://127.0.0.1:9',
    TELEGRAM_WEBHOOK_SECRET: 'a-secret_of-the-recording',
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
  const fault: Fault = { step: 'none', held: 0 };
  await lake.startWorker({ consume: true, overrides: { store: faultyStore(openStore(config), fault) } });
  const run = (workflowId: string, args: unknown[]) =>
    client.workflow.execute('etl', { workflowId, taskQueue: config.CHATLAKE_TASK_QUEUE, args });
  await run('all', [{}]);
  await save(lake, 'etl-pending', 'all');
  await save(lake, 'etlWindow-published', 'etl/desk/2026-11-22T03');
  await run('again', [{ source: 'desk', window: '2026-11-22T03' }]);
  await save(lake, 'etl-window', 'again');
  await save(lake, 'etlWindow-nothing', 'etl/desk/2026-11-22T03');
  const rebuild = async (name: string, more: object) => {
    const workflowId = 'rebuild/desk/2026-11-22T03';
    const args = [{ source: 'desk', window: '2026-11-22T03', ...more }];
    await client.workflow.execute('rebuildWindow', { workflowId, taskQueue: config.CHATLAKE_TASK_QUEUE, args });
    await save(lake!, `rebuildWindow-${name}`, workflowId);
  };
  await rebuild('compared', { diff: true });
  await rebuild('published', {});
  await run('wrong', [{ windw: 1 }]).catch(() => undefined);
  await save(lake, 'etl-wrong-input', 'wrong');
  // Before upkeep, which settles the day: etl {} would not look there any more.
  await recordFailures(lake, fault);
  await client.workflow.execute('maintain', {
    workflowId: 'maintain',
    taskQueue: config.CHATLAKE_TASK_QUEUE,
    args: [{ source: 'desk', steps: UPKEEP_STEPS }],
  });
  await save(lake, 'maintain-round', 'maintain');
  await recordDays(lake);
  await recordWeek(lake);
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
    await save(lake, name, id);
  }
  for (const signal of ['goBack', 'fallBack', 'stop']) {
    await watch.signal(signal);
    await sleep(2_500); // so that it looks in between
  }
  await watch.result();
  await save(lake, 'watchWebhook-there-and-back', `watch/${BOT}`);
  await save(lake, 'forward-at-work', 'forward/desk');
  const first = await recordLive(lake);
  await save(lake, 'live-rolled-over', 'live/desk', first);
  await save(lake, 'live-idle', 'live/desk');
}

interface Fault {
  step: 'none' | 'fail' | 'hold';
  held: number;
}

/** Staging fails for good, or waits, as the fault says. */
const faultyStore = (store: ObjectStore, fault: Fault): ObjectStore =>
  decorateStore(store, {
    put: async (key, perform) => {
      if (!key.startsWith('staging/')) return perform();
      if (fault.step === 'fail') throw new PermanentError('nobody knows this format');
      if (fault.step === 'hold') fault.held += 1;
      await until(() => fault.step !== 'hold');
      return perform();
    },
  });

/** A window that needs a person, its replay, and a cancelled run. */
async function recordFailures(lake: Lake, fault: Fault): Promise<void> {
  const { client, config, ports } = lake;
  const taskQueue = config.CHATLAKE_TASK_QUEUE;
  await writeDesk(ports.store, windowOf('2026-11-22T04'), ['failed']);
  fault.step = 'fail';
  await client.workflow.execute('etl', { workflowId: 'failed', taskQueue, args: [{}] }).catch(() => undefined);
  await save(lake, 'etl-failed', 'failed');
  await save(lake, 'etlWindow-needs-attention', 'etl/desk/2026-11-22T04');
  fault.step = 'none';
  await client.workflow.execute('replayFailed', { workflowId: 'replay', taskQueue, args: [] });
  await save(lake, 'replayFailed-all', 'replay');
  await writeDesk(ports.store, windowOf('2026-11-22T05'), ['cancelled']);
  fault.step = 'hold';
  const input = { source: 'desk', window: '2026-11-22T05' };
  const run = await client.workflow.start('etlWindow', { workflowId: 'cancelled', taskQueue, args: [input] });
  await until(() => fault.held > 0);
  await run.cancel();
  fault.step = 'none';
  await run.result().catch(() => undefined);
  await save(lake, 'etlWindow-cancelled', 'cancelled');
}

/** A day closed by hand, which runs a window, and one that a schedule closes. */
async function recordDays(lake: Lake): Promise<void> {
  const { client, config } = lake;
  const taskQueue = config.CHATLAKE_TASK_QUEUE;
  await client.workflow.execute('closeDay', { workflowId: 'day', taskQueue, args: [{ day: '2026-11-22' }] });
  await save(lake, 'closeDay-given', 'day');
  const schedule = client.schedule.getHandle('close-day');
  await schedule.trigger();
  const started = async () => (await schedule.describe()).info.recentActions[0]?.action.workflow.workflowId;
  await until(async () => (await started()) !== undefined);
  const id = (await started()) ?? '';
  await client.workflow.getHandle(id).result();
  await save(lake, 'closeDay-scheduled', id);
}

/** The report of the seed's week. */
async function recordWeek(lake: Lake): Promise<void> {
  const { client, config } = lake;
  const args = [{ week: '2021-W31' }];
  await client.workflow.execute('reportWeekly', { workflowId: 'week', taskQueue: config.CHATLAKE_TASK_QUEUE, args });
  await save(lake, 'reportWeekly-given', 'week');
}

/** A run, a failed signal, then so many signals that it continues as new; quiet ends the second run. Returns the first one's run id. */
async function recordLive({ client, config }: Lake): Promise<string> {
  const announce = (windows: unknown) =>
    client.workflow.signalWithStart('live', {
      workflowId: 'live/desk',
      taskQueue: config.CHATLAKE_TASK_QUEUE,
      args: [{ source: 'desk', intervalMs: 100 }],
      signal: 'announce',
      signalArgs: [windows],
    });
  const { signaledRunId } = await announce(['2026-11-22T03']);
  for (let sent = 0; sent < 250; sent += 50) {
    await Promise.all(Array.from({ length: 50 }, () => announce(sent === 0 ? 'not a list' : ['2026-11-22T03'])));
    await client.workflow.getHandle('live/desk').query('progress');
  }
  await client.workflow.getHandle('live/desk').result();
  return signaledRunId;
}
