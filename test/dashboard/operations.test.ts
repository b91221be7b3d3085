/** What operators look at comes from the store that the pages read, which is opened once. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Operations } from '../../src/dashboard/api.ts';
import { type RunningDashboard, startDashboard } from '../../src/dashboard/server.ts';
import { type SmallLake, W0, W1, good, openSmallLake } from '../support/small-lake.ts';

let lake: SmallLake;
let dashboard: RunningDashboard;
beforeAll(async () => {
  lake = await openSmallLake();
  await lake.land('desk', W0, [good('a'), good('b')]);
  await lake.run('desk', W0);
  await lake.land('desk', W1, [good('c')]);
  dashboard = await startDashboard({ ...lake.config, DASHBOARD_PORT: 0 }, pino({ level: 'silent' }), {
    store: lake.store,
  });
});
afterAll(async () => {
  await dashboard.stop();
  await lake.close();
});

test('an hour that is long over and not done needs a person, and is told by the store that the pages read', async () => {
  const { windows, attention, missing } = (await (await fetch(`${dashboard.url}/api/operations`)).json()) as Operations;
  expect(windows.map(({ window, state }) => [window, state])).toEqual([
    [W1, 'pending'],
    [W0, 'verified'],
  ]);
  expect(attention.map(({ why }) => why)).toContainEqual({
    en: expect.stringMatching(/not done although its hour is long over/),
    pt: expect.stringMatching(/não está pronta embora a hora dela/),
  });
  expect(missing.filter((what) => what.en.includes('the store'))).toEqual([]);
});
