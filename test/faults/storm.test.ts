/** Many storms: `STORM_SEEDS=200 STORM_FROM=1 npm run faults -- storm`. */
import { expect, test } from '@jest/globals';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { storm } from './storm.ts';

// Every fault is told by the activity's environment otherwise.
Runtime.install({ logger: new DefaultLogger('ERROR') });

const seeds = Number(process.env['STORM_SEEDS'] ?? '200');
const from = Number(process.env['STORM_FROM'] ?? '1');

test(`${seeds} storms from ${from} end with everything received counted once`, async () => {
  const total = { received: 0, entries: 0, faults: 0, deaths: 0 };
  for (let seed = from; seed < from + seeds; seed += 1) {
    const weather = await storm(seed);
    for (const name of ['received', 'entries', 'faults', 'deaths'] as const) total[name] += weather[name];
  }
  console.log(`${seeds} storms: ${JSON.stringify(total)}`);
  expect(total.deaths).toBeGreaterThan(0);
}, 7_200_000);
