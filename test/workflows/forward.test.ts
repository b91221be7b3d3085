/** forward on the real server: loops that do not wait for each other. The activities are stand-ins that come as far as a test lets them. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { pino } from 'pino';
import { temporalConnection } from '../../src/wiring/temporal.ts';
import { installRuntime } from '../../src/workers/worker.ts';
import type { ForwardInput } from '../../src/activities/types.ts';
import type { LaneProgress } from '../../src/workflows/forward.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { until } from '../support/until.ts';
import { IDLE_STEPS } from './idle-steps.ts';

const ID = 'forward/desk';
const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
type Step = 'project' | 'load' | 'report' | 'reconcile';

let lake: Lake;
let connection: NativeConnection;
let worker: Worker;
let running: Promise<void>;

/** The ledger's head, how far each step has come, which of them fail, and how often each was called. */
let head = -1;
const applied: Record<Step, number> = { project: -1, load: -1, report: -1, reconcile: -1 };
const failing = new Set<Step>();
const calls: Record<Step, number> = { project: 0, load: 0, report: 0, reconcile: 0 };
/** What a step can reach: tables the ledger, documents and reports the tables, proof the documents. */
const limits: Readonly<Record<Step, () => number>> = {
  project: () => head,
  load: () => applied.project,
  report: () => applied.project,
  reconcile: () => applied.load,
};

/** What each step was told. */
const told: Record<Step, ForwardInput[]> = { project: [], load: [], report: [], reconcile: [] };

/** Merges of files that were done. */
const merges: string[] = [];
let mergeFails = false;
const merge = (what: string) => () => {
  if (mergeFails)
    return Promise.reject(ApplicationFailure.create({ type: 'Transient', message: 'the store | is away' }));
  merges.push(what);
  return Promise.resolve({ replaced: 8, files: 1, rows: 8, bytes: 8 });
};

function step(name: Step) {
  return async (input: ForwardInput) => {
    calls[name] += 1;
    told[name].push(input);
    if (failing.has(name)) throw ApplicationFailure.create({ type: 'Transient', message: `${name} | is away` });
    applied[name] = limits[name]();
    return { applied: applied[name], behind: head - applied[name], verified: 0, more: false };
  };
}

beforeAll(async () => {
  installRuntime(pino({ level: 'silent' }));
  lake = await openLake();
  connection = await NativeConnection.connect(temporalConnection(lake.config));
  const workflowsPath = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));
  worker = await Worker.create({
    connection,
    namespace: lake.config.TEMPORAL_NAMESPACE,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: quiet }),
    activities: {
      ...IDLE_STEPS,
      project: step('project'),
      load: step('load'),
      report: step('report'),
      reconcile: step('reconcile'),
      mergeLedger: merge('ledger'),
      compact: merge('tables'),
    },
  });
  running = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await connection.close();
  await lake.close();
});
beforeEach(() => {
  head = -1;
  failing.clear();
  merges.length = 0;
  mergeFails = false;
  for (const name of ['project', 'load', 'report', 'reconcile'] as const) {
    applied[name] = -1;
    calls[name] = 0;
    told[name].length = 0;
  }
});

const handle = () => lake.client.workflow.getHandle(ID);
const wake = (isAwaited = false, ledger?: number) =>
  lake.client.workflow.signalWithStart('forward', {
    workflowId: ID,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [{ source: 'desk' }],
    signal: 'wake',
    signalArgs: [ledger === undefined ? { isAwaited } : { isAwaited, ledger }],
  });
const progress = async (name: LaneProgress['name']): Promise<LaneProgress> =>
  (await handle().query<readonly LaneProgress[]>('progress')).find((lane) => lane.name === name)!;
const decide = async (): Promise<void> => {
  head += 1;
  await wake();
};

test('each decision is brought forward by all four; what comes meanwhile is taken together', async () => {
  for (let n = 0; n < 30; n += 1) await decide();
  await until(() => applied.reconcile === 29 && applied.report === 29);
  expect(calls.reconcile).toBeLessThan(10);
  expect(await progress('documents')).toMatchObject({ applied: 29, behind: 0, waiting: null });
  await handle().terminate();
});

test('a step is told what is known, so that it need not ask; after a failure tables go to whatever the head is', async () => {
  const source = 'desk';
  head = 2;
  await wake(false, 2);
  await until(() => applied.load === 2 && applied.report === 2);
  head = 4;
  await wake(false, 4);
  await until(() => applied.load === 4 && applied.report === 4);
  failing.add('project');
  head = 5;
  await wake(false, 5);
  await until(() => calls.project > 3);
  failing.clear();
  await until(() => applied.project === 5);
  expect(told.project.slice(0, 4)).toEqual([{ source }, { source, ledger: 4 }, { source, ledger: 5 }, { source }]);
  expect(told.report.slice(0, 2)).toEqual([
    { source, reached: 2 },
    { source, reached: 4, applied: 2 },
  ]);
  await handle().terminate();
});

test('proof rests while decisions keep coming, unless somebody waits for it', async () => {
  const rests = async (): Promise<number> => {
    const { events } = await handle().fetchHistory();
    const begun = events!.filter(({ timerStartedEventAttributes }) => timerStartedEventAttributes);
    return begun.filter(({ userMetadata }) => Buffer.from(userMetadata?.summary?.data ?? '').includes('proof rest'))
      .length;
  };
  await decide();
  await until(async () => applied.reconcile === 0 && (await rests()) === 1);
  head += 1;
  await wake(true);
  await until(() => applied.reconcile === 1 && applied.report === 1);
  head += 1;
  await wake(true);
  await until(() => applied.reconcile === 2);
  expect(await rests()).toBe(1);
  await handle().terminate();
});

test('documents that fail hold up neither tables nor reports, say since when and why, and go on where they were', async () => {
  failing.add('load');
  await decide();
  await until(async () => ((await progress('documents')).waiting?.tries ?? 0) >= 2);
  for (let n = 0; n < 5; n += 1) await decide();
  await until(() => applied.project === 5 && applied.report === 5);
  const { waiting, behind } = await progress('documents');
  expect(waiting).toMatchObject({ why: 'load | is away' });
  expect(Date.parse(waiting!.since)).toBeLessThanOrEqual(Date.now());
  expect([applied.load, behind]).toEqual([-1, 0]);
  const metadata = await handle().query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  expect(metadata.currentDetails).toMatch(
    /\| documents \| -1 \| \d+ \| waits since 20.*Z, \d+ tries \| load is away \|/,
  );
  failing.clear();
  await until(() => applied.reconcile === 5);
  expect(await progress('documents')).toMatchObject({ applied: 5, waiting: null });
  await handle().terminate();
});

test('a proof that fails stops nobody', async () => {
  failing.add('reconcile');
  await decide();
  await until(async () => (await progress('proof')).waiting !== null);
  await decide();
  await until(() => applied.load === 1 && applied.report === 1);
  failing.clear();
  await until(() => applied.reconcile === 1);
  await handle().terminate();
});

test('files are merged after every eighth decision, once for all that came together; what fails there stops nobody', async () => {
  await decide();
  await until(() => applied.reconcile === 0);
  for (let n = 0; n < 7; n += 1) await decide();
  await until(() => applied.reconcile === 7);
  expect(merges).toEqual([]);
  mergeFails = true;
  await decide();
  await until(async () => (await progress('files')).waiting !== null);
  await decide();
  await until(() => applied.reconcile === 9 && applied.report === 9);
  expect((await progress('files')).waiting).toMatchObject({ why: 'the store | is away' });
  mergeFails = false;
  await until(async () => (await progress('files')).waiting === null);
  expect(merges).toEqual(['ledger', 'tables']);
  expect((await progress('files')).applied).toBeGreaterThanOrEqual(8);
  await handle().terminate();
});

test('it rolls over under many signals and loses none; what waited goes on waiting', async () => {
  failing.add('load');
  const before = (await wake()).signaledRunId;
  for (let n = 0; n < 320; n += 40) {
    await Promise.all(Array.from({ length: 40 }, decide));
    await handle().query('progress');
  }
  await until(async () => (await handle().describe()).runId !== before);
  await until(() => applied.project === 319);
  expect((await progress('documents')).waiting).toMatchObject({ why: 'load | is away' });
  failing.clear();
  await until(() => applied.reconcile === 319);
  await handle().terminate();
}, 120_000);

test('wrong input fails at once and names the field', async () => {
  const started = await lake.client.workflow.start('forward', {
    workflowId: 'wrong',
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [{}],
  });
  await expect(started.result()).rejects.toMatchObject({
    cause: { message: expect.stringMatching(/"source" is needed/) },
  });
});
