/** etl over more than one answer holds: every source is looked at to its end. The activities are stand-ins that list what a test says. */
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { pino } from 'pino';
import type { WindowInput } from '../../src/activities/types.ts';
import { CONTRACTS } from '../../src/domain/contracts/index.ts';
import type { Window } from '../../src/domain/window.ts';
import type { PendingQuestion, PendingWindows } from '../../src/lake/pending.ts';
import { temporalConnection } from '../../src/wiring/temporal.ts';
import { installRuntime } from '../../src/workers/worker.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { openLake } from '../support/lake.ts';
import { IDLE_STEPS } from './idle-steps.ts';

const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

test('two sources with more windows than one answer holds: all run, also those older than where the first source ended', async () => {
  installRuntime(pino({ level: 'silent' }));
  const lake = await openLake();
  const [first, second] = [...CONTRACTS.keys()];
  const hours = (from: number, n: number): Window[] => Array.from({ length: n }, (_, i) => windowAfter(from + i));
  const left = new Map<string, Window[]>([
    [first!, hours(100, 5)],
    [second!, hours(0, 3)],
  ]);
  const listed: PendingQuestion[] = [];
  const activities = {
    ...IDLE_STEPS,
    listPending: async (input: PendingQuestion): Promise<PendingWindows> => {
      listed.push(input);
      const windows = left.get(input.source)!.filter((window) => input.after === undefined || window > input.after);
      return { windows: windows.slice(0, 2), leftOut: 0, more: windows.length > 2 };
    },
    sealWindow: async ({ source, window }: WindowInput) => {
      left.set(
        source,
        left.get(source)!.filter((other) => other !== window),
      );
      if (window === windowAfter(1)) throw ApplicationFailure.nonRetryable('it is broken', 'Permanent');
      return { kind: 'seals', seals: [], more: false, wasParked: false };
    },
    park: async () => undefined,
  };
  const connection = await NativeConnection.connect(temporalConnection(lake.config));
  const workflowsPath = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));
  const taskQueue = lake.config.CHATLAKE_TASK_QUEUE;
  const worker = await Worker.create({
    connection,
    namespace: lake.config.TEMPORAL_NAMESPACE,
    taskQueue,
    workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: quiet }),
    activities,
  });
  const run = lake.client.workflow.execute('etl', { workflowId: 'etl-all', taskQueue, args: [{}] });
  const failure: unknown = await worker.runUntil(run.catch((error: unknown) => error));
  // One that failed before it continued as new is named at the end, and has stopped nobody.
  expect(failure).toMatchObject({
    cause: { message: expect.stringMatching(/^1 of 8 windows failed: .*T01: it is broken\. What they hold is safe/) },
  });
  expect([...left.values()]).toEqual([[], []]);
  expect(listed.filter(({ source }) => source === second).map(({ after, parked }) => ({ after, parked }))).toEqual([
    { after: undefined, parked: false },
    { after: windowAfter(1), parked: false },
  ]);
  await connection.close();
  await lake.close();
});
