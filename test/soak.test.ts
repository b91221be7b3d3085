/** Of the long run in `npm run faults -- soak` as much as a test takes: what a process holds that follows logs entry by entry. */
import { expect, test } from '@jest/globals';
import { soak } from './faults/soak.ts';

/** Windows that are hours apart: many days in few entries. */
const DAYS = { entries: 8_000, everyMs: 3_600_000, looks: 4 } as const;

test('the log of a table is followed in flat memory', async () => {
  expect((await soak({ ...DAYS, follow: 'table' })).perEntry).toBeLessThan(150);
});

test('a ledger is followed in flat memory', async () => {
  expect((await soak({ ...DAYS, follow: 'ledger' })).perEntry).toBeLessThan(150);
});
