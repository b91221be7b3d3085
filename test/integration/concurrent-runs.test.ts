import { expect, test } from '@jest/globals';
import { concurrentRuns, overlapping, sameWindow } from '../faults/concurrent-runs.ts';

test('two runs of overlapping windows publish a redelivered message once', async () => {
  expect(await concurrentRuns(overlapping, 3, 1, 1)).toMatchObject({ received: 18, enriched: 12, duplicates: 6 });
}, 400_000);

test('two runs of the same window publish it once', async () => {
  expect(await concurrentRuns(sameWindow, 3, 2, 1)).toMatchObject({
    received: 12,
    enriched: 9,
    duplicates: 3,
    entries: 3,
  });
}, 400_000);
