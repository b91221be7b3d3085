import { expect, test } from '@jest/globals';
import { messageOf } from '../../src/domain/errors.ts';
import { figures } from './figures.ts';
import { runStorm } from './storm.ts';

/** `STORM_SEEDS` says how many storms, `STORM_FROM` which is the first. */
const SEEDS = Number(process.env['STORM_SEEDS'] ?? 200);

test('storms over a lake: whatever happened at once and went wrong, what is published is what was sent', async () => {
  const first = Number(process.env['STORM_FROM'] ?? 1);
  const sum: Record<string, number> = {};
  const failed: string[] = [];
  for (let seed = first; seed < first + SEEDS; seed += 1) {
    try {
      const found = await runStorm(seed);
      figures(`storm ${seed}`, found);
      for (const [name, n] of Object.entries(found)) sum[name] = (sum[name] ?? 0) + Number(n);
    } catch (error) {
      const why = messageOf(error);
      figures(`storm ${seed} FAILED`, { why });
      failed.push(why);
    }
  }
  figures('storms over a lake in memory', { seeds: SEEDS, first, failed: failed.length, ...sum });
  expect(failed).toEqual([]);
  expect(sum['received']).toBe(sum['enriched']! + sum['duplicates']! + sum['quarantined']!);
});
