/** backfill on the real server and the real parts: windows fail, it is paused, cancelled and continued as new, and nothing is done twice. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type WorkflowHandle, WorkflowFailedError } from '@temporalio/client';
import { type BackfillProgress, backfillId } from '../../src/domain/plans/backfill.ts';
import { PermanentError } from '../../src/domain/errors.ts';
import { type BackfillInput, readBackfillInput } from '../../src/domain/inputs/backfill.ts';
import type { Window } from '../../src/domain/window.ts';
import { openStore } from '../../src/wiring/store.ts';
import type { BackfillResult } from '../../src/workflows/backfill.ts';
import { checkLake } from '../support/check-lake.ts';
import { type StoreHooks, decorateStore } from '../support/decorate-store.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { until } from '../support/until.ts';

let lake: Lake;
let hooks: StoreHooks;
beforeEach(async () => {
  lake = await openLake();
  hooks = {};
});
afterEach(() => lake.close());

const startWorker = () =>
  lake.startWorker({
    overrides: {
      store: decorateStore(openStore(lake.config), {
        put: (key, perform) => (hooks.put === undefined ? perform() : hooks.put(key, perform)),
      }),
    },
  });

async function land(count: number): Promise<readonly Window[]> {
  const windows = Array.from({ length: count }, (_, n) => windowAfter(n));
  await Promise.all(windows.map((window, n) => writeDesk(lake.ports.store, window, [`a${n}`, `b${n}`, `a${n - 1}`])));
  return windows;
}

const start = (input: Omit<BackfillInput, 'source'>) => {
  const asked = readBackfillInput({ source: 'desk', ...input });
  return lake.client.workflow.start<(asked: BackfillInput) => Promise<BackfillResult>>('backfill', {
    workflowId: backfillId(asked),
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [asked],
  });
};

const progressOf = (handle: WorkflowHandle): Promise<BackfillProgress> => handle.query<BackfillProgress>('progress');

/** The result that a failed backfill carries with its failure. */
async function failureOf(
  handle: WorkflowHandle,
): Promise<{ readonly message: string; readonly result: BackfillResult }> {
  const error: unknown = await handle.result().catch((reason: unknown) => reason);
  if (!(error instanceof WorkflowFailedError)) throw new Error(`it did not fail: ${String(error)}`);
  const { message, details } = error.cause as unknown as { message: string; details: [BackfillResult] };
  return { message, result: details[0] };
}

async function keys(): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { key } of lake.ports.store.list('')) found.push(key);
  return found;
}

test('a failed window is told and stops nobody; it continues as new; run again, it takes only what is missing', async () => {
  const windows = await land(42);
  const bad = windows[20]!;
  const refused = new RegExp(`^staging/desk-${bad}`);
  hooks = {
    put: (key, perform) => (refused.test(key) ? Promise.reject(new PermanentError('the disk | is full')) : perform()),
  };
  await startWorker();
  const range = { receivedFrom: windows[0]!, receivedTo: windows[40]!, concurrency: 4, windowsPerRun: 12 };
  const first = await start(range);
  const { message, result } = await failureOf(first);
  expect(message).toContain(`1 of 41 windows failed: ${bad}: the disk | is full`);
  expect(result).toMatchObject({ done: 40, failed: 1, failures: [{ window: bad, reason: 'the disk | is full' }] });
  expect(result.counts.received).toBe(3 * 40);
  expect(result.plan).toMatchObject({ windows: 41, lines: 123, skipped: 0, first: windows[0], last: windows[40] });
  const metadata = await first.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  expect(metadata.currentDetails).toMatch(/100 %.*done: 40 done, 1 failed, 0 left/);
  expect(metadata.currentDetails).toContain(`etl%2Fdesk%2F${bad}) | the disk is full |`);
  const { raw } = await first.describe();
  expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(raw.workflowExecutionInfo?.execution?.runId);

  hooks = {};
  const again = await (await start(range)).result();
  expect(again).toMatchObject({ outcome: 'done', done: 1, failed: 0, plan: { windows: 1, skipped: 40, first: bad } });
  const nothing = await (await start(range)).result();
  expect(nothing).toMatchObject({ done: 0, plan: { ref: null, windows: 0, skipped: 41 } });
  // The range ends before the last window.
  expect((await lake.etl()).windows).toBe(1);
  const { counts } = await checkLake(lake.ports);
  expect(counts).toEqual({ received: 126, enriched: 85, duplicates: 41, quarantined: 0 });
});

test('paused it starts nothing, resumed it goes on; cancelled it ends, and what was at work ends by itself', async () => {
  const windows = await land(13);
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  let seals = 0;
  hooks = {
    put: async (key, perform) => {
      if (key.startsWith('seals/') && (seals += 1) === 7) await gate;
      return perform();
    },
  };
  await startWorker();
  const [outside, ...inside] = windows;
  const range = { receivedFrom: inside[0]!, concurrency: 2 };
  const handle = await start(range);
  await until(async () => (await progressOf(handle)).done >= 2);
  await handle.signal('pause');
  // The window at the gate may be one of those at work.
  await until(async () => (await progressOf(handle)).running.length <= 1);
  const paused = await progressOf(handle);
  expect(paused.paused).toBe(true);
  // Time enough for a window: another one is run meanwhile.
  await lake.etl({ source: 'desk', window: outside! });
  const later = await progressOf(handle);
  expect(later.done + later.running.length).toBe(paused.done + paused.running.length);
  await handle.signal('resume');
  await until(() => seals >= 7);
  const stuck = (await progressOf(handle)).running[0]!;
  await handle.cancel();
  await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  open();
  await lake.client.workflow.getHandle(`etl/desk/${stuck}`).result();
  const left = await start({ ...range, dryRun: true }).then((planned) => planned.result());
  expect(left.plan.windows).toBeGreaterThan(0);
  expect(left.plan.windows).toBeLessThan(12);
  expect((await (await start(range)).result()).outcome).toBe('done');
  expect((await checkLake(lake.ports)).counts.received).toBe(39);
});

test('a dry run plans and changes nothing on the store', async () => {
  await land(3);
  await startWorker();
  const before = await keys();
  const result = await (await start({ receivedFrom: windowAfter(1), dryRun: true })).result();
  expect(result).toMatchObject({ outcome: 'planned', done: 0, plan: { ref: null, windows: 2, lines: 6 } });
  expect(result.plan.estimate.basis).toMatch(/1\.00 s per window, taken for want of a record/);
  expect(await keys()).toEqual(before);
});

test.each<[unknown, RegExp]>([
  [{}, /"source" is needed/],
  [{ source: 'desk' }, /give one of: "receivedFrom"/],
  [{ source: 'desk', receivedFrom: '2026-13-01' }, /"receivedFrom" must be a day/],
])('%j fails at once and says what is allowed', async (input, sentence) => {
  await startWorker();
  const handle = await lake.client.workflow.start('backfill', {
    workflowId: 'wrong',
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [input],
  });
  const { message } = await failureOf(handle);
  expect(message).toMatch(sentence);
  expect(message).toContain('Allowed fields: source, receivedFrom');
});
