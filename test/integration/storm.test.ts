/** Some storms of the many that `npm run faults -- storm` runs. */
import { expect, test } from '@jest/globals';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { storm } from '../faults/storm.ts';

// Every fault is told by the activity's environment otherwise.
Runtime.install({ logger: new DefaultLogger('ERROR') });

test.each([1, 2, 3, 4, 5])('storm %d ends with everything received counted once', async (seed) => {
  const { received, faults, deaths } = await storm(seed);
  expect([received > 0, faults > 0, deaths > 0]).toEqual([true, true, true]);
});
