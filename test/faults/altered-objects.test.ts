import { expect, test } from '@jest/globals';
import { alterObjects, openFullLake } from './altered-objects.ts';
import { figures, seedOf } from './figures.ts';

test('every object, altered by a bit or removed, is found by verify', async () => {
  const lake = await openFullLake();
  try {
    const seed = seedOf(1);
    const { trials, missed } = await alterObjects(lake, { all: true, seed });
    figures('every object of a lake altered by a bit, or removed', { seed, trials, 'not found': missed.length });
    expect(missed).toEqual([]);
  } finally {
    await lake.close();
  }
});
