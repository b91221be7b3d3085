import { expect, test } from '@jest/globals';
import { plantCanaries } from '../faults/canary.ts';

test('of two people who write through every door, nothing stands outside raw, in any spelling', async () => {
  const { leaks, inRaw, spellings } = await plantCanaries(2);
  expect(leaks).toEqual([]);
  expect(inRaw).toBe(14);
  expect(spellings).toBeGreaterThan(2 * 7 * 6);
}, 400_000);
