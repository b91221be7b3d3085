/** closeDay on the real server: the day is the one its schedule meant, late messages re-open it, and nothing is counted twice. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { windowOf } from '../../src/domain/window.ts';
import { openStore } from '../../src/wiring/store.ts';
import type { CloseDayResult } from '../../src/workflows/close-day.ts';
import { checkLake } from '../support/check-lake.ts';
import { writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { until } from '../support/until.ts';

let lake: Lake;

beforeAll(async () => {
  lake = await openLake();
  await lake.startWorker();
});
afterAll(() => lake.close());

const closeDay = (input: object): Promise<CloseDayResult> =>
  lake.client.workflow.execute<(input: object) => Promise<CloseDayResult>>('closeDay', {
    workflowId: `close-${randomUUID()}`,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [input],
  });

test('a day is closed in its zone, unchanged when nothing came, and re-opened by what came late', async () => {
  const store = openStore(lake.config);
  // 2026-01-10 in São Paulo is 03:00 UTC to 03:00 UTC of the next day.
  await writeDesk(store, windowOf('2026-01-10T02'), ['the day before']);
  await writeDesk(store, windowOf('2026-01-10T03'), ['a', 'b']);
  await writeDesk(store, windowOf('2026-01-11T02'), ['c']);
  const day = { source: 'desk', day: '2026-01-10' };
  const first = await closeDay(day);
  expect(first.days).toEqual([
    expect.objectContaining({ ...day, n: 1, outcome: 'closed', counts: expect.objectContaining({ received: 3 }) }),
  ]);
  expect((await closeDay(day)).days).toEqual([expect.objectContaining({ n: 1, outcome: 'unchanged' })]);
  await writeDesk(store, windowOf('2026-01-10T05'), ['late']);
  const [again] = (await closeDay(day)).days;
  expect(again).toMatchObject({
    n: 2,
    outcome: 'reopened',
    note: `re-opened: 1 more messages received that day and 0 more rows dated that day since ${first.days[0]?.closedAt ?? ''}`,
    key: 'closed/source=desk/2026-01-10/00000000000000000002.json',
  });
  expect(await store.get(again?.key ?? '')).toBeDefined();
  // What was received the day before is not of this day, and still to be done.
  expect(await lake.etl()).toMatchObject({ windows: 1, counts: { received: 1 } });
});

test('a message received later but dated that day re-opens it', async () => {
  const store = openStore(lake.config);
  // desk-raw dates its messages on the first days of July 2021.
  const before = await closeDay({ source: 'desk', day: '2021-07-01' });
  await writeDesk(
    store,
    windowOf('2026-01-12T00'),
    Array.from({ length: 12 }, (_, i) => `dated ${i}`),
  );
  await lake.etl();
  const { days } = await closeDay({ source: 'desk', day: '2021-07-01' });
  expect(days[0]).toMatchObject({ outcome: 'reopened', counts: { received: 0 } });
  expect(Number(days[0]?.rows['desk_interactions'])).toBeGreaterThan(Number(before.days[0]?.rows['desk_interactions']));
});

test('a day left out by a person who starts it by hand is asked for', async () => {
  await expect(closeDay({})).rejects.toMatchObject({
    cause: { message: expect.stringMatching(/"day" is needed, .*Allowed fields: day, source/) },
  });
});

test('the backfill dialog closes the day before each time it names; Trigger now the day before today', async () => {
  const store = openStore(lake.config);
  await writeDesk(store, windowOf('2026-02-01T12'), ['first of February']);
  await writeDesk(store, windowOf('2026-02-02T12'), ['second of February']);
  const handle = lake.client.schedule.getHandle('close-day');
  await handle.backfill({
    start: new Date('2026-02-02T00:00:00Z'),
    end: new Date('2026-02-03T12:00:00Z'),
    overlap: ScheduleOverlapPolicy.BUFFER_ALL,
  });
  // As a person would, after seeing it: of two presses in the same instant, this server keeps the later alone.
  await until(async () => (await handle.describe()).info.numActionsTaken > 0, 500);
  await handle.trigger();
  const closings = async (day: string): Promise<number> => {
    const keys: string[] = [];
    for await (const { key } of store.list(`closed/source=desk/${day}/`)) keys.push(key);
    return keys.length;
  };
  const today = new Date(Date.now() - 3 * 3_600_000 - 86_400_000).toISOString().slice(0, 10);
  await until(
    async () => (await closings('2026-02-01')) + (await closings('2026-02-02')) + (await closings(today)) === 3,
    500,
  );
  await lake.etl();
  await checkLake(lake.ports);
});
