/**
 * Everything a person can do to runs in the Temporal UI: Reset, Start like this one, Trigger now, the backfill dialog, hours without
 * a worker; with and without Temporal's history. Every message is there once afterwards.
 */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { PermanentError } from '../../src/domain/errors.ts';
import { openStore } from '../../src/wiring/store.ts';
import { checkLake } from '../support/check-lake.ts';
import { decorateStore } from '../support/decorate-store.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { until } from '../support/until.ts';

const lakes: Lake[] = [];
afterEach(async () => {
  for (const lake of lakes.splice(0).reverse()) await lake.close();
});
async function open(changes = {}): Promise<Lake> {
  const lake = await openLake(changes);
  lakes.push(lake);
  return lake;
}

const window = windowAfter(0);
const id = `etl/desk/${window}`;

/** Resets the last run of a window to its first workflow task, as the UI's button does, and returns the new run's id. */
async function reset({ client, config }: Lake): Promise<string> {
  const { runId } = await client.workflow.getHandle(id).describe();
  const { events } = await client.workflow.getHandle(id, runId).fetchHistory();
  const first = (events ?? []).find((event) => event.workflowTaskCompletedEventAttributes);
  const answer = await client.workflowService.resetWorkflowExecution({
    namespace: config.TEMPORAL_NAMESPACE,
    workflowExecution: { workflowId: id, runId },
    reason: 'a person pressed Reset',
    requestId: randomUUID(),
    workflowTaskFinishEventId: first?.eventId ?? null,
  });
  return answer.runId;
}

/** Start Workflow Like This One: the same type and input; the UI proposes a new id, a person may type the old one. */
const startLike = ({ client, config }: Lake, workflowId: string = randomUUID()) =>
  client.workflow.start('etlWindow', {
    workflowId,
    taskQueue: config.CHATLAKE_TASK_QUEUE,
    args: [{ source: 'desk', window }],
  });

test('finished: reset, started again under a new id and the same id, and in a namespace that knows nothing', async () => {
  const lake = await open();
  await writeDesk(openStore(lake.config), window, ['a', 'b']);
  await lake.startWorker();
  await lake.etl();
  await lake.client.workflow.getHandle(id, await reset(lake)).result();
  await (await startLike(lake)).result();
  await (await startLike(lake, id)).result();
  const { S3_BUCKET, MONGODB_DATABASE } = lake.config;
  const other = await open({ S3_BUCKET, MONGODB_DATABASE });
  await other.startWorker();
  expect(await other.etl()).toMatchObject({ windows: 0 });
  expect(await (await startLike(other)).result()).toMatchObject({ outcome: 'nothing', seals: 0 });
  expect(await checkLake(lake.ports)).toMatchObject({ entries: 1, counts: { received: 2, enriched: 2 } });
});

test('failed and running: reset and started again, several runs of one window at once', async () => {
  const lake = await open();
  const store = openStore(lake.config);
  await writeDesk(store, window, ['a', 'b']);
  const fault = { step: 'fail' as 'fail' | 'hold' | 'none', held: 0 };
  const faulty = decorateStore(store, {
    put: async (key, perform) => {
      if (key.startsWith('staging/') && fault.step === 'fail') throw new PermanentError('nobody knows this format');
      if (key.startsWith('staging/') && fault.step === 'hold') {
        fault.held += 1;
        await until(() => fault.step === 'none');
      }
      return perform();
    },
  });
  await lake.startWorker({ overrides: { store: faulty } });
  await expect(lake.etl()).rejects.toThrow();
  fault.step = 'hold';
  // The failed run, reset, holds a step; beside it the same input under a new id does, and the first is reset again meanwhile.
  await reset(lake);
  await until(() => fault.held >= 1);
  const beside = await startLike(lake);
  await until(() => fault.held >= 2);
  await expect(startLike(lake, id)).rejects.toThrow(/already/i);
  const last = await reset(lake);
  await until(() => fault.held >= 3);
  fault.step = 'none';
  const results = await Promise.all([beside.result(), lake.client.workflow.getHandle(id, last).result()]);
  expect(results).toHaveLength(2);
  await lake.etl();
  expect(await checkLake(lake.ports)).toMatchObject({ entries: 1, counts: { received: 2, enriched: 2 } });
});

test('failed, and Temporal forgot it: another namespace finishes what the store says', async () => {
  const lake = await open();
  const store = openStore(lake.config);
  await writeDesk(store, window, ['a', 'b']);
  const faulty = decorateStore(store, {
    put: (key, perform) => {
      if (key.startsWith('staging/')) throw new PermanentError('nobody knows this format');
      return perform();
    },
  });
  await lake.startWorker({ overrides: { store: faulty } });
  await expect(lake.etl()).rejects.toThrow();
  const { S3_BUCKET, MONGODB_DATABASE } = lake.config;
  const other = await open({ S3_BUCKET, MONGODB_DATABASE });
  await other.startWorker();
  expect(await other.etl()).toMatchObject({ windows: 0, leftOut: 1 });
  const replayed: unknown = await other.client.workflow.execute('replayFailed', {
    workflowId: 'replay',
    taskQueue: other.config.CHATLAKE_TASK_QUEUE,
    args: [],
  });
  expect(replayed).toMatchObject({ windows: 1, failed: 0, counts: { received: 2 }, more: false });
  expect(await checkLake(other.ports)).toMatchObject({ entries: 1, counts: { received: 2, enriched: 2 } });
  expect(await other.etl()).toEqual({ windows: 0, counts: expect.anything() });
});

test('two hours without a worker: what the schedule started, a backfill of all at once and Trigger now publish once', async () => {
  const lake = await open();
  const store = openStore(lake.config);
  const first = await lake.startWorker();
  await first.stop();
  for (const hour of [0, 1, 2]) await writeDesk(store, windowAfter(hour), [`m${hour}`, 'the same delivery']);
  const handle = lake.client.schedule.getHandle('etl-desk');
  // A person sees what one press did before the next: of two in the same instant, this server keeps the later alone.
  await until(async () => (await handle.describe()).state.paused);
  const runs = async (n: number): Promise<void> =>
    until(async () => (await handle.describe()).info.numActionsTaken >= n, 500);
  const hours = { start: new Date('2026-01-01T00:00:00Z'), end: new Date('2026-01-01T03:30:00Z') };
  await handle.backfill([
    { ...hours, overlap: ScheduleOverlapPolicy.ALLOW_ALL },
    { ...hours, overlap: ScheduleOverlapPolicy.BUFFER_ALL },
  ]);
  await runs(3);
  await handle.trigger(ScheduleOverlapPolicy.ALLOW_ALL);
  await runs(4);
  await handle.trigger();
  await lake.startWorker();
  const going = `ExecutionStatus="Running" AND WorkflowType IN ("etl", "etlWindow")`;
  await until(async () => (await lake.client.workflow.count(going)).count === 0, 1_000);
  await lake.etl();
  expect(await checkLake(lake.ports)).toMatchObject({ counts: { received: 6, enriched: 4, duplicates: 2 } });
});

test('messages that keep coming while a window runs are another run’s: what there was is decided when it ends, and in the documents soon', async () => {
  const lake = await open();
  const store = openStore(lake.config);
  await writeDesk(store, window, ['m0']);
  let coming = 0;
  const busy = decorateStore(store, {
    put: async (key, perform) => {
      if (key.startsWith('ledger/desk/_delta_log/')) await writeDesk(store, window, [`m${(coming += 1)}`]);
      return perform();
    },
  });
  await lake.startWorker({ overrides: { store: busy } });
  for (const n of [1, 2]) {
    expect(await (await startLike(lake, id)).result()).toMatchObject({ outcome: 'published', seals: 1 });
    expect(coming).toBe(n);
    await until(async () => (await lake.ports.documents.applied('desk')) === n - 1);
  }
});
