import { expect, test } from '@jest/globals';
import { SLEEPS, heldPuts } from '../faults/zombies.ts';

test('a worker that wakes up after another one has finished the window changes nothing', async () => {
  const places = ['compress', 'publish, before the entry', 'project, before the commit', 'reconcile'];
  expect(
    await heldPuts(
      places.map((place) => SLEEPS[place]!),
      1,
    ),
  ).toBe(places.length);
}, 400_000);
