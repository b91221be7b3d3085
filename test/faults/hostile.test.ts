import { expect, test } from '@jest/globals';
import { figures } from './figures.ts';
import { attack } from './hostile.ts';

test('one sender, one login and one neighbour at their worst stop nobody: everything honest arrives', async () => {
  const found = await attack(1);
  figures('hostile beside honest', found);
  expect(found.allowed).toEqual([]);
  expect(found.honestEnriched).toBe(found.honestSent);
  expect(found.updatesEnriched).toBe(found.honestUpdates);
  expect(found.received).toBe(found.honestSent + found.hostileTaken);
});
