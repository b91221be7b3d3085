/** Five storms over a lake in memory; `npm run faults -- storm` runs two hundred. */
import { expect, test } from '@jest/globals';
import { runStorm } from './faults/storm.ts';

test.each([1, 2, 3, 4, 5])('storm %i: what is published is what was sent', async (seed) => {
  const { received, enriched, duplicates, quarantined } = await runStorm(seed);
  expect(received).toBeGreaterThan(0);
  expect(received).toBe(enriched + duplicates + quarantined);
});
