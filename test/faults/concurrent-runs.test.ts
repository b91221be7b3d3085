import { expect, test } from '@jest/globals';
import { concurrentRuns, overlapping, sameWindow } from './concurrent-runs.ts';
import { figures, seedOf } from './figures.ts';

const ROUNDS = 200;
const LANES = 3;

test('two runs of overlapping windows publish a redelivered message once', async () => {
  const found = await concurrentRuns(overlapping, ROUNDS, seedOf(1), LANES);
  figures('two etl runs of overlapping windows', found);
  expect(found).toMatchObject({ received: 6 * ROUNDS, enriched: 4 * ROUNDS, duplicates: 2 * ROUNDS });
});

test('two runs of the same window publish it once', async () => {
  const found = await concurrentRuns(sameWindow, ROUNDS, seedOf(2), LANES);
  figures('two etl runs of the same window', found);
  expect(found).toMatchObject({ received: 4 * ROUNDS, enriched: 3 * ROUNDS, duplicates: ROUNDS, entries: ROUNDS });
});
