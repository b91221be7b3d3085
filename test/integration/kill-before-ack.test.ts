import { expect, test } from '@jest/globals';
import { killBeforeAck } from '../faults/kill-before-ack.ts';

test('workers killed between the raw write and the acknowledgement lose nothing, and every message counts once', async () => {
  const { lost, duplicates } = await killBeforeAck(2, 1_200, 1);
  expect(lost).toBe(0);
  expect(duplicates).toBeGreaterThan(0);
}, 400_000);
