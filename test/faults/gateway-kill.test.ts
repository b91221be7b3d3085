import { expect, test } from '@jest/globals';
import { figures, seedOf } from './figures.ts';
import { gatewayKill } from './gateway-kill.ts';

test('gateways killed before and after raw writes lose no update that was answered, and count none twice', async () => {
  const found = await gatewayKill(20, 20_000, seedOf(1));
  figures('kill -9 of the gateway around raw writes', found);
  expect(found.answered).toBe(found.updates);
  expect(found).toMatchObject({ lost: 0, rows: found.updates, documents: found.updates });
  expect(found.duplicates).toBeGreaterThan(0);
});
