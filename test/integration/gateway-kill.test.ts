import { expect, test } from '@jest/globals';
import { gatewayKill } from '../faults/gateway-kill.ts';

test('gateways killed before and after raw writes lose no update that was answered', async () => {
  const { answered, lost, duplicates } = await gatewayKill(2, 1_200, 1);
  expect(answered).toBe(1_200);
  expect(lost).toBe(0);
  expect(duplicates).toBeGreaterThan(0);
}, 400_000);
