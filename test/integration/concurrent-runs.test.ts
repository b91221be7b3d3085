import { expect, test } from '@jest/globals';
import { concurrentRuns, overlapping, sameWindow } from '../faults/concurrent-runs.ts';

test('two runs of overlapping windows publish a redelivered message once', async () => {
  expect(await concurrentRuns(overlapping, 5, 1, 2)).toMatchObject({ received: 30, enriched: 20, duplicates: 10 });
}, 400_000);

test('two runs of the same window publish it once', async () => {
  expect(await concurrentRuns(sameWindow, 5, 2, 2)).toMatchObject({
    received: 20,
    enriched: 15,
    duplicates: 5,
    entries: 5,
  });
}, 400_000);
