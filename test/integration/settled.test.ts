/** A settled day is left alone until the daily look finds something new in it; then it is run, and settled again. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { type SettleDaysInput, type SettledDays, createSettleDays } from '../../src/activities/upkeep/settle-days.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { rawSourcePrefix, sealPrefix } from '../../src/domain/formats/layout.ts';
import { windowAt } from '../../src/domain/window.ts';
import { settledDays } from '../../src/lake/days.ts';
import { checkLake } from '../support/check-lake.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';

const LONG_AGO = windowAfter(3);
const DAY = LONG_AGO.slice(0, 10);
const { source } = DESK;

let lake: Lake;
beforeAll(async () => {
  lake = await openLake();
  await lake.startWorker();
});
afterAll(() => lake.close());

const events: string[] = [];
const log = {
  info: (event: string) => void events.push(event),
  warn: (event: string) => void events.push(event),
};

/** The daily look, every call of it. */
async function settle(): Promise<SettledDays> {
  const activity = createSettleDays({ ...lake.ports, log, now: Date.now });
  return new MockActivityEnvironment().run<[SettleDaysInput], SettledDays, typeof activity>(activity, { source });
}
const marks = async () => (await settledDays(lake.ports, source)).get(DAY) ?? [];

test('a day is settled when it is long over and nothing of it is pending', async () => {
  await writeDesk(lake.ports.store, LONG_AGO, ['a', 'b']);
  await writeDesk(lake.ports.store, windowAt(Date.now()), ['now']);
  expect(await settle()).toEqual({ looked: 1, settled: 0, reopened: [] });
  expect(await marks()).toEqual([]);
  expect(await lake.etl({})).toMatchObject({ windows: 2, counts: { received: 3 } });
  expect(await settle()).toEqual({ looked: 1, settled: 1, reopened: [] });
  expect(await settle()).toEqual({ looked: 1, settled: 0, reopened: [] });
  expect(await marks()).toHaveLength(1);
});

test('what comes into it later is found by the next look, which opens it again and says so; in the last 48 hours at once', async () => {
  const [before] = await marks();
  await writeDesk(lake.ports.store, LONG_AGO, ['late'], { minute: 7 });
  await writeDesk(lake.ports.store, windowAt(Date.now()), ['now too'], { minute: 1 });
  expect(await lake.etl({})).toMatchObject({ windows: 1, counts: { received: 1 } });
  expect(await settle()).toEqual({ looked: 1, settled: 0, reopened: [DAY] });
  expect(events.at(-1)).toBe('day.unsettled');
  expect(await marks()).toEqual([]);
  expect(await settle()).toEqual({ looked: 1, settled: 0, reopened: [] });
  expect(await lake.etl({})).toMatchObject({ windows: 1, counts: { received: 1, enriched: 1 } });
  expect(await settle()).toEqual({ looked: 1, settled: 1, reopened: [] });
  expect(await marks()).not.toEqual([before]);
  expect(await marks()).toHaveLength(1);
});

test('a run that is asked for a range finds it without waiting for that look', async () => {
  await writeDesk(lake.ports.store, LONG_AGO, ['later still'], { minute: 9 });
  expect(await lake.etl({})).toMatchObject({ windows: 0 });
  const range = { source, from: LONG_AGO, to: LONG_AGO };
  expect(await lake.etl(range)).toMatchObject({ windows: 1, counts: { received: 1 } });
  expect(await settle()).toEqual({ looked: 1, settled: 1, reopened: [] });
});

test('a raw object that comes while a look runs is in no list that settles the day', async () => {
  await writeDesk(lake.ports.store, LONG_AGO, ['x'], { minute: 11 });
  await lake.etl({ source, window: LONG_AGO });
  let listed = 0;
  const store = {
    ...lake.ports.store,
    // After the list of the day's keys and before the look at its seals: the worst moment.
    async *list(prefix: string, after?: string) {
      if (prefix.startsWith(`seals/source=${source}/date=${DAY}`) && (listed += 1) === 1)
        await writeDesk(lake.ports.store, LONG_AGO, ['meanwhile'], { minute: 13 });
      yield* lake.ports.store.list(prefix, after);
    },
  };
  const activity = createSettleDays({ ...lake.ports, store, log, now: Date.now });
  await new MockActivityEnvironment().run<[SettleDaysInput], SettledDays, typeof activity>(activity, { source });
  expect(listed).toBe(1);
  await settle();
  expect(await lake.etl({})).toMatchObject({ windows: 1, counts: { received: 1 } });
  expect(await settle()).toMatchObject({ settled: 1 });
});

test('after all of it the lake holds, and every object is in a seal', async () => {
  const facts = await checkLake(lake.ports);
  expect(facts.counts.received).toBe(8);
  for (const prefix of [rawSourcePrefix(source), sealPrefix(source, LONG_AGO)]) {
    let objects = 0;
    for await (const { key } of lake.ports.store.list(prefix)) objects += key === '' ? 0 : 1;
    expect(objects).toBeGreaterThan(0);
  }
});
