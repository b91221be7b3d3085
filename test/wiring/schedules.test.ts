/** Schedules against the real server: what an operator did is kept, shown or restored, and nothing is ever deleted. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { applySchedules, lookAtSchedules } from '../../src/wiring/apply-schedules.ts';
import { SCHEDULES } from '../../src/wiring/schedules.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { until } from '../support/until.ts';

let lake: Lake;
let queue: string;

beforeAll(async () => {
  lake = await openLake();
  queue = lake.config.CHATLAKE_TASK_QUEUE;
});
afterAll(() => lake.close());

const lastUpdates = (): Promise<readonly (number | undefined)[]> =>
  Promise.all(
    SCHEDULES.map(async ({ id }) =>
      (await lake.client.schedule.getHandle(id).describe()).info.lastUpdatedAt?.getTime(),
    ),
  );

test('missing ones are made as the file says; a second time writes nothing', async () => {
  const before = await lookAtSchedules(lake.client, queue);
  expect(before.known.map(({ state }) => state)).toEqual(SCHEDULES.map(() => 'missing'));
  await applySchedules(lake.client, queue);
  const { known } = await lookAtSchedules(lake.client, queue);
  expect(known.flatMap(({ id, differences }) => differences.map((difference) => ({ id, ...difference })))).toEqual([]);
  expect(known.map(({ state }) => state)).toEqual(SCHEDULES.map(() => 'same'));
  const updated = await lastUpdates();
  await applySchedules(lake.client, queue);
  expect(await lastUpdates()).toEqual(updated);
});

test('a pause and its note survive; an edit is shown and restored', async () => {
  const handle = lake.client.schedule.getHandle('etl-desk');
  await handle.pause('the store is being moved');
  await handle.update((before) => ({
    ...before,
    spec: { intervals: [{ every: '10m' }] },
    policies: { ...before.policies, overlap: ScheduleOverlapPolicy.ALLOW_ALL },
    state: { ...before.state, paused: true, note: 'the store is being moved' },
  }));
  const edited = (await lookAtSchedules(lake.client, queue)).known.find(({ id }) => id === 'etl-desk');
  expect(edited?.differences).toEqual([
    { what: 'times', there: 'every 600000 ms', here: 'minute 2, hour 0-23' },
    expect.objectContaining({ what: 'jitter, ms' }),
    { what: 'overlap', there: 'ALLOW_ALL', here: 'SKIP' },
  ]);
  await applySchedules(lake.client, queue);
  const restored = (await lookAtSchedules(lake.client, queue)).known.find(({ id }) => id === 'etl-desk');
  expect(restored).toMatchObject({ state: 'same', paused: true, note: 'the store is being moved' });
});

test('one that chatlake does not keep on its queue is named with the mend, and left alone', async () => {
  const action = { type: 'startWorkflow', workflowType: 'etl', args: [{}] } as const;
  const spec = { calendars: [{ minute: 2, hour: '*' as const }] };
  await lake.client.schedule.create({ scheduleId: 'etl-hourly', spec, action: { ...action, taskQueue: queue } });
  await lake.client.schedule.create({ scheduleId: 'theirs', spec, action: { ...action, taskQueue: 'another' } });
  await lake.client.schedule.getHandle('etl-hourly').pause();
  await lake.client.schedule.getHandle('theirs').pause();
  // The list lags behind what was made.
  await until(async () => (await lookAtSchedules(lake.client, queue)).unknown.length > 0);
  const { unknown } = await applySchedules(lake.client, queue);
  expect(unknown).toEqual([
    {
      id: 'etl-hourly',
      mend: {
        en: expect.stringMatching(/etl-desk and etl-telegram do its work; .*temporal schedule delete/),
        pt: expect.stringMatching(/fazem o trabalho dele; .*temporal schedule delete/),
      },
    },
  ]);
  expect(await lake.client.schedule.getHandle('etl-hourly').describe()).toBeDefined();
});
