import { expect, test } from '@jest/globals';
import { mixedFleet } from '../faults/mixed-fleet.ts';

test('windows of both sources that workers with other chunks and other contracts take turns at', async () => {
  expect(await mixedFleet(6)).toMatchObject({ windows: 12, received: 48 });
}, 600_000);
