import { expect, test } from '@jest/globals';
import { figures } from './figures.ts';
import { mixedFleet } from './mixed-fleet.ts';

test('two workers of other code and another configuration, side by side for a hundred windows: nothing lost, doubled or parked', async () => {
  const found = await mixedFleet(50);
  figures('mixed fleet', found);
  expect(found.windows).toBe(100);
  // Both took part.
  expect(found.published).toHaveLength(2);
});
