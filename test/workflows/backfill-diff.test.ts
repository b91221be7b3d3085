/** A rebuild of a range on the real server, compared first: nothing is published unless somebody says so. The activities are quick stand-ins. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { pino } from 'pino';
import type { CombineDiffsInput } from '../../src/activities/upkeep/backfill.ts';
import {
  type BackfillPlan,
  type BackfillProgress,
  type PlannedWindow,
  WINDOWS_PER_PAGE,
} from '../../src/domain/plans/backfill.ts';
import { NO_COUNTS } from '../../src/domain/counts.ts';
import { temporalConnection } from '../../src/wiring/temporal.ts';
import { installRuntime } from '../../src/workers/worker.ts';
import type { BackfillResult } from '../../src/workflows/backfill.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { until } from '../support/until.ts';
import { IDLE_STEPS } from './idle-steps.ts';
import type { Rebuilds } from './with-rebuild.ts';

const WINDOWS = Array.from({ length: WINDOWS_PER_PAGE + 5 }, (_, n) => windowAfter(n));
const BAD = WINDOWS[3]!;
const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

let lake: Lake;
let connection: NativeConnection;
let worker: Worker;
let done: Promise<void>;
const lists = new Map<string, readonly PlannedWindow[]>();
const asked: Parameters<Rebuilds['rebuilt']>[0][] = [];
let combined = 0;

const PLAN: BackfillPlan = {
  ref: 'plan',
  windows: WINDOWS.length,
  lines: 0,
  bytes: 0,
  skipped: 2,
  unpublished: 0,
  first: WINDOWS[0]!,
  last: WINDOWS.at(-1)!,
  estimate: { seconds: 1, basis: 'none' },
};
const activities = {
  ...IDLE_STEPS,
  planBackfill: async () => PLAN,
  readPlan: async ({ ref, page }: { ref: string; page: number }) =>
    lists.get(ref)!.slice(page * WINDOWS_PER_PAGE, (page + 1) * WINDOWS_PER_PAGE),
  combineDiffs: async ({ diffs, earlier }: CombineDiffsInput) => {
    combined += 1;
    const ref = `diff ${combined}`;
    lists.set(ref, [...(earlier === null ? [] : lists.get(earlier.ref)!), ...diffs]);
    return { ref, windows: lists.get(ref)!.length, totals: { lines: lists.get(ref)!.length, tables: {} } };
  },
  rebuilt: async (input: Parameters<Rebuilds['rebuilt']>[0]) => {
    asked.push(input);
    if (input.window === BAD) throw ApplicationFailure.nonRetryable('its raw is gone', 'Permanent');
    const counts = { received: 2, enriched: 1, duplicates: 1, quarantined: 0 };
    return input.diff === true
      ? { outcome: 'compared', counts: NO_COUNTS, diff: `of ${input.window}` }
      : { outcome: 'published', counts };
  },
};

beforeAll(async () => {
  installRuntime(pino({ level: 'silent' }));
  lake = await openLake();
  connection = await NativeConnection.connect(temporalConnection(lake.config));
  const workflowsPath = fileURLToPath(new URL('./with-rebuild.ts', import.meta.url));
  worker = await Worker.create({
    connection,
    namespace: lake.config.TEMPORAL_NAMESPACE,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: quiet }),
    activities,
  });
  done = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await done;
  await connection.close();
  await lake.close();
});
beforeEach(() => {
  lists.clear();
  lists.set(
    'plan',
    WINDOWS.map((window) => ({ window })),
  );
  asked.length = 0;
});

let runs = 0;
const start = (settings: object) =>
  lake.client.workflow.start<(input: object) => Promise<BackfillResult>>('backfill', {
    workflowId: `backfill-${(runs += 1)}`,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [{ source: 'desk', receivedFrom: WINDOWS[0], rebuild: true, concurrency: 8, ...settings }],
  });
type Started = Awaited<ReturnType<typeof start>>;
const isDeciding = async (handle: Started): Promise<boolean> =>
  (await handle.query<BackfillProgress>('progress')).phase === 'deciding';
const good = WINDOWS.filter((window) => window !== BAD);

test('compared, then published exactly as compared; what could not be compared is told and left out', async () => {
  const handle = await start({ diff: true, windowsPerRun: 30 });
  // Before there is anything to look at, it is no answer.
  await handle.signal('publish');
  await until(() => isDeciding(handle));
  expect(asked.map(({ window, diff, expect: key }) => [window, diff, key]).sort()).toEqual(
    WINDOWS.map((window) => [window, true, undefined]),
  );
  const progress = await handle.query<BackfillProgress>('progress');
  expect(progress.diff).toMatchObject({ windows: good.length, totals: { lines: good.length } });
  expect(progress).toMatchObject({
    failed: 1,
    failures: [{ window: BAD, reason: 'its raw is gone' }],
    counts: NO_COUNTS,
  });
  expect(Date.parse(progress.decideBy!)).toBeGreaterThan(Date.now() + 3_600_000);
  asked.length = 0;
  await handle.signal('publish');
  const error: unknown = await handle.result().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  const [result] = ((error as WorkflowFailedError).cause as ApplicationFailure).details as [BackfillResult];
  expect(result).toMatchObject({
    outcome: 'done',
    done: good.length,
    failed: 1,
    counts: { received: 2 * good.length },
  });
  expect(asked.map(({ window, diff, expect: key }) => [window, diff, key]).sort()).toEqual(
    good.map((window) => [window, undefined, `of ${window}`]),
  );
});

test.each<[string, number, boolean]>([
  ['discarded by signal', 60, true],
  ['nobody said anything in time', 1, false],
])('%s: nothing is published', async (_, decideWithinSeconds, tell) => {
  const handle = await start({ diff: true, decideWithinSeconds });
  if (tell) {
    await until(() => isDeciding(handle));
    await handle.signal('discard');
  }
  expect(await handle.result()).toMatchObject({ outcome: 'discarded', counts: NO_COUNTS });
  expect(asked.every(({ diff }) => diff === true)).toBe(true);
});

test('without a diff each window is rebuilt at once', async () => {
  const handle = await start({});
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'WindowsFailed' } });
  expect(asked.map(({ window }) => window).sort()).toEqual(WINDOWS);
  expect(asked.every(({ diff, expect: key }) => diff === undefined && key === undefined)).toBe(true);
});
