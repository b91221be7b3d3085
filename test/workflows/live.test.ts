/** live on the real server: whatever is announced gets a run that starts afterwards. The activities are quick stand-ins with a truthful store. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { pino } from 'pino';
import type { WindowInput } from '../../src/activities/types.ts';
import type { ParkInput } from '../../src/activities/window/park.ts';
import type { Window } from '../../src/domain/window.ts';
import { temporalConnection } from '../../src/wiring/temporal.ts';
import { installRuntime } from '../../src/workers/worker.ts';
import type { LiveProgress } from '../../src/workflows/live.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { random } from '../support/desk-lines.ts';
import { until } from '../support/until.ts';
import { IDLE_STEPS } from './idle-steps.ts';

const INTERVAL_MS = 200;
const ID = 'live/desk';
const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

let lake: Lake;
let connection: NativeConnection;
let bundle: Awaited<ReturnType<typeof bundleWorkflowCode>>;
beforeAll(async () => {
  installRuntime(pino({ level: 'silent' }));
  lake = await openLake();
  connection = await NativeConnection.connect(temporalConnection(lake.config));
  const workflowsPath = fileURLToPath(new URL('./with-nobody.ts', import.meta.url));
  bundle = await bundleWorkflowCode({ workflowsPath, logger: quiet });
});
afterAll(async () => {
  await connection.close();
  await lake.close();
});

/** What a store would know: by an order of events, when a window last got raw objects and when a run last listed them. */
let order = 0;
const landed = new Map<Window, number>();
const listed = new Map<Window, number>();
const starts: { readonly window: Window; readonly at: number }[] = [];
/** What happens inside a run, after it has listed the window. */
let during: (window: Window) => Promise<void> = () => Promise.resolve();
const parkedBy: ParkInput[] = [];
beforeEach(() => {
  during = () => Promise.resolve();
  parkedBy.length = 0;
  for (const facts of [landed, listed]) facts.clear();
  starts.length = 0;
});

const isDone = (window: Window): boolean => (listed.get(window) ?? 0) > (landed.get(window) ?? 0);
const activities = {
  ...IDLE_STEPS,
  sealWindow: async ({ window }: WindowInput) => {
    starts.push({ window, at: performance.now() });
    const at = ++order;
    await during(window);
    listed.set(window, Math.max(at, listed.get(window) ?? 0));
    return { kind: 'seals', seals: [], more: false, wasParked: false };
  },
  park: async (input: ParkInput) => void parkedBy.push(input),
};

/** A worker of the product's workflows; `stop` leaves everything to the next one. */
async function startWorker(): Promise<{ stop(): Promise<void> }> {
  const worker = await Worker.create({
    connection,
    namespace: lake.config.TEMPORAL_NAMESPACE,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    workflowBundle: bundle,
    activities,
  });
  const done = worker.run();
  return {
    stop: async () => {
      worker.shutdown();
      await done;
    },
  };
}

/** As the announcer does it, but without gathering. */
async function announce(windows: readonly Window[], intervalMs = INTERVAL_MS): Promise<void> {
  order += 1;
  for (const window of windows) landed.set(window, order);
  await lake.client.workflow.signalWithStart('live', {
    workflowId: ID,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [{ source: 'desk', intervalMs }],
    signal: 'announce',
    signalArgs: [windows],
  });
}

const live = () => lake.client.workflow.getHandle(ID);
const progress = (): Promise<LiveProgress> => live().query<LiveProgress>('progress');
const allDone = (): boolean => [...landed.keys()].every(isDone);

/** The runs of a workflow id, oldest first: how each ended and how many signals it took. */
async function runsOf(workflowId: string) {
  const runs: { readonly status: string; readonly signals: number; readonly startTime: Date }[] = [];
  for await (const { runId, status, startTime } of lake.client.workflow.list({
    query: `WorkflowId = "${workflowId}"`,
  })) {
    const history = await lake.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const signals = history.events!.filter((event) => event.workflowExecutionSignaledEventAttributes).length;
    runs.push({ status: status.name, signals, startTime });
  }
  return runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
}

async function ended(): Promise<void> {
  await until(async () => (await live().describe()).status.name !== 'RUNNING');
}

test('the first message after quiet is run at once, the next after the interval, and quiet ends it', async () => {
  const worker = await startWorker();
  const [a] = [windowAfter(0)];
  await announce([a], 4_000);
  await until(allDone);
  await announce([a], 4_000);
  await announce([a], 4_000);
  await until(allDone);
  expect(starts).toHaveLength(2);
  // Rounds are an interval apart; an activity begins later than its round by whatever else the machine does.
  expect(starts[1]!.at - starts[0]!.at).toBeGreaterThan(2_000);
  expect(await progress()).toMatchObject({ waiting: [], paused: false, refused: 0 });
  await live().terminate();
  await announce([a]);
  await ended();
  expect((await live().describe()).status.name).toBe('COMPLETED');
  expect(await live().result()).toMatchObject({ runs: 1 });
  await worker.stop();
}, 300_000);

test('5,000 announcements, roll-overs, other runs and a change of worker: none is lost', async () => {
  const next = random(7);
  const windows = Array.from({ length: 5 }, (_, n) => windowAfter(n));
  const before = (await runsOf(ID)).length;
  let worker = await startWorker();
  during = () => sleep(40 * next());
  const started = Date.now();
  for (let sent = 0; sent < 5_000; sent += 50) {
    const some = Array.from({ length: 50 }, () => windows[Math.floor(windows.length * next() ** 2)]!);
    if (sent % 1_000 === 0) {
      // A run of somebody else, at work or about to be: the announcement finds it there.
      const workflowId = `etl/desk/${some[0]!}`;
      const args = [{ source: 'desk', window: some[0] }];
      const { CHATLAKE_TASK_QUEUE: taskQueue } = lake.config;
      await lake.client.workflow.start('etlWindow', { workflowId, taskQueue, args }).catch(() => undefined);
    }
    if (sent === 3_000) await worker.stop();
    await Promise.all(some.map((window) => announce([window], 1_000)));
    if (sent === 3_000) worker = await startWorker();
    // The server keeps at most a hundred for a workflow that is busy; a question is answered when they are taken.
    await progress();
  }
  const sentAfter = Date.now() - started;
  await until(allDone);
  await until(async () => (await progress()).running.length === 0);
  const runs = (await runsOf(ID)).slice(before);
  expect(runs.reduce((sum, { signals }) => sum + signals, 0)).toBe(5_000);
  expect(runs.filter(({ status }) => status === 'CONTINUED_AS_NEW').length).toBeGreaterThanOrEqual(3);
  expect(Math.max(...runs.map(({ signals }) => signals))).toBeLessThan(2_000);
  console.log(
    `5,000 sent in ${sentAfter} ms, done after ${Date.now() - started} ms: ${runs.length} runs, ${starts.length} window runs`,
  );
  await live().terminate();
  await worker.stop();
}, 400_000);

test('announcements around the moment at which quiet ends it are not lost', async () => {
  const worker = await startWorker();
  const before = (await runsOf(ID)).length;
  for (let n = 0; n < 8; n += 1) {
    await announce([windowAfter(0)], 100);
    await until(allDone);
    // Quiet is twenty intervals.
    await sleep(1_900 + 40 * n);
  }
  await ended();
  const runs = (await runsOf(ID)).slice(before);
  expect(runs.reduce((sum, { signals }) => sum + signals, 0)).toBe(8);
  expect(new Set(runs.map(({ status }) => status))).toEqual(new Set(['COMPLETED']));
  expect(allDone()).toBe(true);
  await worker.stop();
}, 400_000);

test('an announcement during a run of the window, whoever started it, gets a run that starts afterwards', async () => {
  const worker = await startWorker();
  const window = windowAfter(100);
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  during = () => (starts.length === 1 ? gate : Promise.resolve());
  const theirs = await lake.client.workflow.start('etlWindow', {
    workflowId: `etl/desk/${window}`,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [{ source: 'desk', window }],
  });
  await until(() => starts.length === 1);
  await announce([window]);
  // It asks again and again whether its own run may start: not one starts beside the one at work.
  await until(async () => (await progress()).running.length + (await progress()).waiting.length === 1);
  await sleep(1_500);
  expect(starts).toHaveLength(1);
  release();
  await until(allDone);
  await theirs.result();
  await until(async () => (await progress()).running.length === 0);
  expect(starts).toHaveLength(2);
  await live().terminate();
  await worker.stop();
}, 300_000);

test('a run that fails, and needs nobody, is tried again later and shown', async () => {
  const worker = await startWorker();
  during = () => Promise.reject(ApplicationFailure.nonRetryable('the disk | is full', 'Unfinished'));
  await announce([windowAfter(0)], 1_000);
  await until(async () => (await progress()).failed.length === 1);
  expect(await details()).toMatch(/\| 2026-01-01T00 \| failed [1-9] times, again from .*Z \| the disk is full \|/);
  during = () => Promise.resolve();
  await until(async () => (await progress()).failed.length === 0);
  await live().terminate();
  await worker.stop();
}, 300_000);

test('a window that trying again cannot help is left to a person; the others go on', async () => {
  const worker = await startWorker();
  // Not the window of the test before, whose last run may still be at work.
  const [bad, good] = [windowAfter(2), windowAfter(3)];
  during = async (window) => {
    if (window === bad) throw ApplicationFailure.nonRetryable('the seal is broken', 'Permanent');
  };
  await announce([bad, good], 500);
  await until(async () => isDone(good) && (await progress()).parked.includes(bad));
  expect(parkedBy.map(({ window, step, reason }) => [window, step, reason])).toEqual([
    [bad, 'sealWindow', 'the seal is broken'],
  ]);
  expect((await progress()).failed).toEqual([]);
  // Once a person has mended it, the next announcement's run does what there is.
  during = () => Promise.resolve();
  await announce([bad], 500);
  await until(async () => (await progress()).parked.length === 0);
  await until(() => isDone(bad));
  await live().terminate();
  await worker.stop();
}, 300_000);

test('paused, it keeps announcements; resumed, it runs them; what names no hour is refused and counted', async () => {
  const worker = await startWorker();
  const window = windowAfter(0);
  await announce([]);
  await live().signal('pause');
  await announce([window]);
  await live().signal('announce', 'not a list');
  await live().signal('announce', ['2026-02-30T00']);
  await until(async () => (await progress()).refused === 2);
  await sleep(3 * INTERVAL_MS);
  expect(await progress()).toMatchObject({ waiting: [window], paused: true, runs: 0 });
  expect(await details()).toMatch(/\*\*desk\*\*: paused[^]*2 announcements could not be used/);
  await live().signal('resume');
  await until(allDone);
  await live().terminate();
  await worker.stop();
}, 300_000);

test('a person reads what each signal and query is for', async () => {
  const worker = await startWorker();
  await announce([]);
  const { definition } = await live().query<Metadata>('__temporal_workflow_metadata');
  for (const { name, description } of [...definition!.signalDefinitions, ...definition!.queryDefinitions])
    if (!name!.startsWith('__')) expect([name, description!.length > 10]).toEqual([name, true]);
  await live().terminate();
  await worker.stop();
}, 300_000);

test('a signal refused because nobody is there is told by its type', async () => {
  const worker = await startWorker();
  const told: unknown = await lake.client.workflow.execute('signalNobody', {
    workflowId: randomUUID(),
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
  });
  expect(told).toBe(true);
  await worker.stop();
}, 300_000);

interface Metadata {
  readonly currentDetails?: string;
  readonly definition?: Record<
    'signalDefinitions' | 'queryDefinitions',
    readonly { readonly name?: string; readonly description?: string }[]
  >;
}
const details = async (): Promise<string> =>
  (await live().query<Metadata>('__temporal_workflow_metadata')).currentDetails ?? '';
