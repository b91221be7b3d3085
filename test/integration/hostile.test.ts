import { expect, test } from '@jest/globals';
import { attack } from '../faults/hostile.ts';

test('one sender, one login and one neighbour stop nobody: everything honest arrives', async () => {
  const found = await attack(0.03);
  expect(found.allowed).toEqual([]);
  expect(found.honestEnriched).toBe(found.honestSent);
  expect(found.updatesEnriched).toBe(found.honestUpdates);
  expect(found.received).toBe(found.honestSent + found.hostileTaken);
}, 400_000);
