import { afterAll, expect, test } from '@jest/globals';
import { figures, seedOf } from './figures.ts';
import { FAILURES, forgottenRun } from './forgotten-runs.ts';

const seed = seedOf(1);
let finished = 0;
const steps = Object.keys(FAILURES);

test.each(steps)('a failure after %s, Temporal’s database deleted: etl finishes it', async (step) => {
  await forgottenRun(FAILURES[step]!, seed, 'database');
  finished += 1;
});

afterAll(() => {
  figures('runs that failed for good, Temporal’s database deleted', { failed: steps.length, seed, finished });
  expect(finished).toBe(steps.length);
});
