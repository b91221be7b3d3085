import { expect, test } from '@jest/globals';
import { figures } from './figures.ts';
import { soak } from './soak.ts';

/** A busy month: a window every half minute. */
const MONTH = { entries: 100_000, everyMs: 30_000, looks: 10 } as const;

test('the log of a table, followed for 100,000 entries, is held in flat memory', async () => {
  const found = await soak({ ...MONTH, follow: 'table' });
  figures('100,000 entries of a table', found);
  expect(found.perEntry).toBeLessThan(20);
});

test('a ledger of 100,000 entries is held in flat memory, tens of bytes for each', async () => {
  const found = await soak({ ...MONTH, follow: 'ledger' });
  figures('100,000 entries of a ledger', found);
  expect(found.perEntry).toBeLessThan(100);
});
