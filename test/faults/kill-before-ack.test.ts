import { expect, test } from '@jest/globals';
import { figures, seedOf } from './figures.ts';
import { killBeforeAck } from './kill-before-ack.ts';

test('workers killed between the raw write and the acknowledgement lose nothing, and every message counts once', async () => {
  const found = await killBeforeAck(20, 20_000, seedOf(1));
  figures('kill -9 between raw write and acknowledgement', found);
  expect(found.lost).toBe(0);
  expect(found.duplicates).toBeGreaterThan(0);
});
