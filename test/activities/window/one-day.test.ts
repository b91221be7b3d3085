/** An entity has one event day: who reads some days must find all its states, so a decision that says otherwise is not published. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Contract, RecordRules } from '../../../src/domain/sources/contract.ts';
import { readLedger } from '../../../src/lake/ledger.ts';
import { runWindow } from '../../integration/run-window.ts';
import { windowAfter } from '../../support/desk-raw.ts';
import { type MemoryLake, openMemoryLake } from '../../support/memory-lake.ts';
import { notes, writeNotes } from '../../support/notes.ts';

const SOURCE = 'desk';
const WINDOW = windowAfter(0);

/** Rules with a fault: the day of a state is the one it names. */
function dayByState(): Contract<RecordRules> {
  const contract = notes({ name: 'days' });
  const judge: RecordRules['judge'] = (...given) => {
    const verdict = contract.rules.judge(...given);
    const [, , day = ''] = JSON.stringify(given[1]['note']).slice(1, -1).split(' ');
    return verdict.kind === 'row' ? { ...verdict, eventDate: day } : verdict;
  };
  return { ...contract, rules: { ...contract.rules, judge } };
}

let lake: MemoryLake;
beforeEach(() => void (lake = openMemoryLake()));
afterEach(() => lake.close());

const run = async (all: readonly string[]) => {
  await writeNotes(lake.store, WINDOW, all);
  const ports = await lake.process({ contracts: new Map([[SOURCE, dayByState()]]) });
  const outcome = await runWindow(ports, { source: SOURCE, window: WINDOW }).catch((error: unknown) => error);
  const { entries } = await readLedger(await lake.process(), SOURCE);
  return { outcome, entries: entries.length };
};

test('states of one entity on two days are refused, and nothing is published', async () => {
  const { outcome, entries } = await run(['a 1 2021-08-01', 'b 1 2021-08-01', 'a 2 2021-08-02']);
  expect(String(outcome)).toMatch(/1 entities have more than one event day/);
  expect(entries).toBe(0);
});

test('states on one day, and entities on several, are published', async () => {
  const { outcome, entries } = await run(['a 1 2021-08-01', 'b 1 2021-08-02', 'a 2 2021-08-01']);
  expect(outcome).toMatchObject([{ kind: 'published' }]);
  expect(entries).toBe(1);
});
