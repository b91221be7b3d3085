/** quarantine replay, as a person types it: what one contract could not use, another one can. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { addQuarantine } from '../../src/cli/quarantine.ts';
import { checkLake } from '../support/check-lake.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { notes, writeNotes } from '../support/notes.ts';

const STRICT = notes({ name: 'strict', refused: ['odd'] });
const LENIENT = notes({ name: 'lenient' });

let lake: Lake;
beforeAll(async () => {
  lake = await openLake();
});
afterAll(() => lake.close());

const under = (contract: typeof STRICT) => new Map([['desk', contract]]);
const facts = (contract: typeof STRICT) => checkLake({ ...lake.ports, contracts: under(contract) }, contract);

async function run(...args: string[]): Promise<string> {
  const printed: string[] = [];
  const program = new Command().exitOverride();
  const print = (text: string): void => void printed.push(text);
  addQuarantine(program, { config: () => lake.config, print, say: () => undefined });
  await program.parseAsync(['quarantine', ...args], { from: 'user' });
  return printed.join('\n');
}

test('a message that one contract could not use is enriched by another, its duplicate stays one, other windows stay', async () => {
  const { store } = lake.ports;
  await writeNotes(store, windowAfter(0), ['a 1 good', 'b 1 odd', 'b 1 odd']);
  await writeNotes(store, windowAfter(1), ['c 1 good']);
  const strict = await lake.startWorker({ overrides: { contracts: under(STRICT) } });
  await lake.etl({ source: 'desk' });
  const before = await facts(STRICT);
  expect(before.counts).toEqual({ received: 4, enriched: 2, duplicates: 1, quarantined: 1 });
  expect(await run('replay', '--source', 'desk')).toBe('Nothing is to be done. 1 of the range are done already.');
  expect((await facts(STRICT)).entries).toBe(before.entries);
  await strict.stop();

  await lake.startWorker({ overrides: { contracts: under(LENIENT) } });
  expect(await run('replay', '--source', 'desk', '--reason', 'no_identity')).toBe(
    'Nothing of the kind is quarantined.',
  );
  const [ended] = JSON.parse(await run('replay', '--source', 'desk', '--reason', 'wrong_type', '--json')) as unknown[];
  expect(ended).toMatchObject({
    workflow: expect.stringMatching(/^backfill\/desk\/quarantine-/),
    done: 1,
    failed: 0,
    counts: { received: 3, enriched: 2, duplicates: 1, quarantined: 0 },
  });
  const after = await facts(LENIENT);
  expect(after.counts).toEqual({ received: 4, enriched: 3, duplicates: 1, quarantined: 0 });
  expect([after.duplicates, after.entries]).toEqual([before.duplicates, before.entries + 1]);
  expect(await run('list')).toBe('Nothing is quarantined.');
  expect(await run('replay', '--source', 'desk')).toBe('Nothing of the kind is quarantined.');
}, 240_000);

test('a message is set aside and taken back, its window judged each time', async () => {
  const before = await facts(LENIENT);
  const [place = ''] = before.enriched;
  expect(await run('set-aside', place, '--reason', 'reported')).toBe(
    `${place} is set aside: it counts as quarantined.`,
  );
  await lake.etl({ source: 'desk' });
  const without = await facts(LENIENT);
  expect(without.counts.quarantined).toBe(1);
  expect(without.enriched).not.toContain(place);
  expect(await run('take-back', place)).toBe(`${place} is taken back: it is judged as any other.`);
  await lake.etl({ source: 'desk' });
  expect((await facts(LENIENT)).enriched).toEqual(before.enriched);
}, 120_000);
