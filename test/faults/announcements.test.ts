import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type LiveWorld, openLiveWorld } from '../workflows/live-world.ts';
import { floodLive } from './announcements.ts';
import { figures } from './figures.ts';

let world: LiveWorld;
beforeAll(async () => {
  world = await openLiveWorld();
});
afterAll(() => world.close());

test('5,000 announcements, roll-overs, other runs and a change of worker: none is lost', async () => {
  const flood = await floodLive(world, 5_000);
  figures('announcements in a flood', { ...flood });
  expect(flood.signals).toBe(5_000);
  expect(flood.rolledOver).toBeGreaterThanOrEqual(3);
  expect(flood.mostSignals).toBeLessThan(2_000);
});
