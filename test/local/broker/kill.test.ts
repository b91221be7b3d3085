import { expect, test } from '@jest/globals';
import { killStandIn } from '../../faults/stand-in-kill.ts';

test('a stand-in broker that is killed loses nothing that it confirmed, in subscription and queue', async () => {
  const { lost, confirmed, deliveredTwice } = await killStandIn(3, 1);
  expect(lost).toBe(0);
  expect(confirmed).toBeGreaterThan(50);
  expect(deliveredTwice).toBeGreaterThan(0);
});
