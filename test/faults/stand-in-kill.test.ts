import { expect, test } from '@jest/globals';
import { figures, seedOf } from './figures.ts';
import { killStandIn } from './stand-in-kill.ts';

test('a stand-in broker killed 20 times loses nothing that it confirmed', async () => {
  const found = await killStandIn(20, seedOf(1));
  figures('kill -9 of the stand-in broker', found);
  expect(found.lost).toBe(0);
  expect(found.confirmed).toBeGreaterThan(1_000);
});
