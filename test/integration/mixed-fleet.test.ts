import { expect, test } from '@jest/globals';
import { mixedFleet } from '../faults/mixed-fleet.ts';

test('windows of both sources that workers with other chunks and other contracts take turns at', async () => {
  expect(await mixedFleet(4)).toMatchObject({ windows: 8, received: 32 });
}, 600_000);
