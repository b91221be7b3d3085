import { expect, test } from '@jest/globals';
import { plantCanaries } from './canary.ts';
import { figures } from './figures.ts';

test('of 40 people who write through every door, nothing stands outside raw, in any spelling', async () => {
  const { leaks, ...found } = await plantCanaries(40);
  figures('canaries', { ...found, leaks: leaks.length });
  expect(leaks).toEqual([]);
});
