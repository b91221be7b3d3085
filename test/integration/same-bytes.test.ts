import { expect, test } from '@jest/globals';
import { resetEverywhere, sameBytes } from '../faults/same-bytes.ts';

test('the same raw objects give the same bytes', async () => {
  expect((await sameBytes(500, 1)).objects).toBeGreaterThan(10);
}, 400_000);

test('a run started twice, or reset between any two steps, publishes once', async () => {
  const { resets, entries } = await resetEverywhere(1);
  // The start, and after each of sealWindow, cleanse, dedupe, compress, publish.
  expect(resets).toBeGreaterThanOrEqual(6);
  expect(entries).toBe(1);
}, 400_000);
