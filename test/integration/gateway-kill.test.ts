import { expect, test } from '@jest/globals';
import { gatewayKill } from '../faults/gateway-kill.ts';

test('gateways killed before and after raw writes lose no update that was answered, and count none twice', async () => {
  const { answered, lost, duplicates, rows, documents } = await gatewayKill(2, 1_200, 1);
  expect(answered).toBe(1_200);
  expect({ lost, rows, documents }).toEqual({ lost: 0, rows: 1_200, documents: 1_200 });
  expect(duplicates).toBeGreaterThan(0);
}, 400_000);
