/** Live work beside a backfill that fills every slot of the worker: it is served first. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BackfillProgress } from '../../src/domain/plans/backfill.ts';
import { checkLake } from '../support/check-lake.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { untilForward } from '../support/until-forward.ts';
import { until } from '../support/until.ts';

const WINDOWS = 24;
const CONCURRENCY = 16;

let lake: Lake;
beforeAll(async () => {
  lake = await openLake();
});
afterAll(() => lake.close());

test('a live window is done while a backfill of many has finished no more windows than it may work on at once', async () => {
  for (let n = 0; n < WINDOWS; n += 1) await writeDesk(lake.ports.store, windowAfter(n), [`a${n}`, `b${n}`]);
  await lake.startWorker();
  const handle = await lake.client.workflow.start('backfill', {
    workflowId: 'backfill',
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [
      { source: 'desk', receivedFrom: windowAfter(0), receivedTo: windowAfter(WINDOWS - 1), concurrency: CONCURRENCY },
    ],
  });
  const progress = () => handle.query<BackfillProgress>('progress');
  await until(async () => (await progress()).running.length === CONCURRENCY);
  const live = windowAfter(WINDOWS);
  await writeDesk(lake.ports.store, live, ['live']);
  const before = (await progress()).done;
  const started = performance.now();
  await lake.client.workflow.execute('etlWindow', {
    workflowId: `etl/desk/${live}`,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [{ source: 'desk', window: live }],
  });
  const seconds = (performance.now() - started) / 1_000;
  const { done, left } = await progress();
  process.stdout.write(
    `\nlive beside a backfill: ${seconds.toFixed(1)} s, meanwhile ${done - before} of its windows ended, ${left} were left\n`,
  );
  // In turn with the others it would wait for all of them at each of its steps, and they have as many steps as it has.
  expect(done - before).toBeLessThan(CONCURRENCY);
  expect(left).toBeGreaterThan(0);
  await handle.result();
  await untilForward(lake, 'desk');
  expect((await checkLake(lake.ports)).counts.received).toBe(2 * WINDOWS + 1);
});
