import { test } from '@jest/globals';
import { FAILURES, etlDoesNotWait, forgottenRun, publishADayLater } from '../faults/forgotten-runs.ts';

test('a failure after sealWindow, Temporal’s database deleted: etl finishes it', async () => {
  await forgottenRun(FAILURES['sealWindow']!, 1, 'database');
}, 400_000);

/** Those that differ in what is left; every step in the fault run. */
test.each(['publish, its answer lost', 'project'])(
  'a failure after %s, Temporal forgets: etl finishes it',
  async (step) => {
    await forgottenRun(FAILURES[step]!, 1, 'namespace');
  },
  120_000,
);

test('a window that failed before publish is published a day later', () => publishADayLater(1), 400_000);

test('tables that cannot be written hold up no run of etl: it says what is behind', () => etlDoesNotWait(1), 400_000);
