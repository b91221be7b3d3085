/** More windows than one answer holds, some of which fail: every source is looked at to its end. The activities are stand-ins that list what a test says. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { pino } from 'pino';
import type { WindowInput } from '../../src/activities/types.ts';
import { replay } from '../../src/cli/replay.ts';
import { CONTRACTS } from '../../src/domain/sources/index.ts';
import type { Window } from '../../src/domain/window.ts';
import type { PendingQuestion, PendingWindows } from '../../src/lake/pending.ts';
import { temporalConnection } from '../../src/wiring/temporal.ts';
import { installRuntime } from '../../src/workers/worker.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { IDLE_STEPS } from './idle-steps.ts';

const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
const [first, second] = [...CONTRACTS.keys()];
const BROKEN = windowAfter(1);
const hours = (from: number, n: number): Window[] => Array.from({ length: n }, (_, i) => windowAfter(from + i));

let lake: Lake;
let connection: NativeConnection;
let worker: Worker;
/** By source the windows that are not done, and what was asked for. */
let left: Map<string, readonly Window[]>;
let listed: PendingQuestion[];

const activities = {
  ...IDLE_STEPS,
  listPending: async (input: PendingQuestion): Promise<PendingWindows> => {
    listed.push(input);
    const windows = left.get(input.source)!.filter((window) => input.after === undefined || window > input.after);
    return { windows: windows.slice(0, 2), leftOut: 0, more: windows.length > 2 };
  },
  sealWindow: async ({ source, window }: WindowInput) => {
    if (window === BROKEN) throw ApplicationFailure.nonRetryable('it is broken', 'Permanent');
    left.set(
      source,
      left.get(source)!.filter((other) => other !== window),
    );
    return { kind: 'seals', seals: [], more: false, wasParked: false };
  },
  park: async () => undefined,
};

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
    activities,
  });
});
let running: Promise<void>;
beforeAll(() => void (running = worker.run()));
beforeEach(() => {
  left = new Map([
    [first!, hours(100, 5)],
    [second!, hours(0, 3)],
  ]);
  listed = [];
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await connection.close();
  await lake.close();
});

test('two sources with more windows than one answer holds: all run, also those older than where the first source ended', async () => {
  const taskQueue = lake.config.CHATLAKE_TASK_QUEUE;
  const run = lake.client.workflow.execute('etl', { workflowId: 'etl-all', taskQueue, args: [{}] });
  const failure: unknown = await run.catch((error: unknown) => error);
  // One that failed before it continued as new is named at the end, and has stopped nobody.
  expect(failure).toMatchObject({
    cause: { message: expect.stringMatching(/^1 of 8 windows failed: .*T01: it is broken\. What they hold is safe/) },
  });
  expect([...left.values()]).toEqual([[], [BROKEN]]);
  expect(listed.filter(({ source }) => source === second).map(({ after, parked }) => ({ after, parked }))).toEqual([
    { after: undefined, parked: false },
    { after: BROKEN, parked: false },
  ]);
});

test('replay --all goes on behind windows that fail again, and never takes one twice', async () => {
  const said: { readonly window?: string; readonly windows?: number }[] = [];
  const failed = await replay(
    lake.config,
    [],
    { all: true, json: true },
    (text) => void said.push(JSON.parse(text) as { readonly window?: string }),
  );
  expect(failed).toBe(1);
  expect([...left.values()]).toEqual([[], [BROKEN]]);
  const windows = said.flatMap(({ window }) => window ?? []);
  expect(windows.length).toBe(8);
  expect(new Set(windows).size).toBe(8);
  expect(said.at(-1)).toMatchObject({ windows: 8, failed: 1 });
});
