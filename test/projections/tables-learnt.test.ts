/** Processes of which one has heard of tables and columns that another has not: whoever works, everything is brought forward. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Ports } from '../../src/activities/ports.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { keysOf } from '../../src/adapters/object-store/put.ts';
import type { Contract, RecordRules } from '../../src/domain/sources/contract.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import type { ReportDefinition } from '../../src/domain/kpi/report.ts';
import { tableRoot, verifiedKey, verifiedPrefix } from '../../src/domain/formats/layout.ts';
import type { Window } from '../../src/domain/window.ts';
import { keepSpecs } from '../../src/lake/tables.ts';
import { makeReports } from '../../src/projections/reports.ts';
import { projectTables } from '../../src/projections/tables.ts';
import { attempted, judge } from '../integration/run-window.ts';
import { decorateStore } from '../support/decorate-store.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { type MemoryLake, openMemoryLake } from '../support/memory-lake.ts';
import { notes, writeNotes } from '../support/notes.ts';

const SOURCE = 'desk';
const OLD = notes({ name: 'old' });
const NOTES = OLD.tables[0];
const SHOUT = { name: 'shout', type: 'text', privacy: 'public', doc: 'louder', document: 'shout' } as const;
const LOUD = { ...NOTES, name: 'notes_loud' };

/** The same notes with a column and a table more. */
const NEW: Contract<RecordRules> = {
  ...OLD,
  version: 2,
  variant: 'new',
  tables: [{ ...NOTES, columns: [...NOTES.columns, SHOUT] }, LOUD],
  rules: {
    ...OLD.rules,
    judge: (receipt, message, context) => {
      const verdict = OLD.rules.judge(receipt, message, context);
      if (verdict.kind !== 'row') return verdict;
      return { ...verdict, tables: [NOTES.name, LOUD.name], cells: { ...verdict.cells, shout: 'HEY' } };
    },
  },
};

let lake: MemoryLake;
beforeEach(() => {
  lake = openMemoryLake();
});
afterEach(() => lake.close());

const born = (contract: Contract, wrap?: (own: ObjectStore) => ObjectStore): Promise<Ports> =>
  lake.process({ contracts: new Map([[SOURCE, contract]]) }, wrap);

/** Receives notes and publishes them, and no more. */
async function publish(ports: Ports, window: Window, all: readonly string[]): Promise<void> {
  await writeNotes(lake.store, window, all);
  const activities = attempted(ports);
  const sealed = await activities.sealWindow({ source: SOURCE, window, parked: true });
  for (const seal of sealed.kind === 'seals' ? sealed.seals : [])
    expect(await judge(activities, { seal, revision: 0 }, 'publish')).toMatchObject({ kind: 'published' });
}

/** A process that has heard of what the old contract knows, and has brought all of it forward. */
async function bornBefore(): Promise<Ports> {
  const ports = await born(OLD);
  await publish(ports, windowAfter(0), ['a 1 fine']);
  const { project, load, reconcile } = attempted(ports);
  for (const step of [project, load, reconcile]) await step({ source: SOURCE });
  return ports;
}

test('documents do not wait for a table that a run described and then never named', async () => {
  const old = await bornBefore();
  await keepSpecs(old, NEW);
  await publish(old, windowAfter(1), ['b 1 fine']);
  await attempted(old).project({ source: SOURCE });
  // It hears of both tables.
  expect(await attempted(await born(NEW)).load({ source: SOURCE })).toMatchObject({ applied: 1, behind: 0 });
  expect(await lake.documents.find(NOTES, 'b')).toMatchObject({ word: 'fine' });
});

test('a table is brought forward by whoever comes after a process that died between it and another one', async () => {
  const old = await bornBefore();
  const dying = await born(NEW, (own) =>
    decorateStore(own, {
      put: (key, perform) =>
        key.startsWith(`${tableRoot(LOUD.name)}_delta_log/`) ? Promise.reject(new Error('dead')) : perform(),
    }),
  );
  await publish(dying, windowAfter(1), ['b 1 fine']);
  await expect(projectTables(dying, SOURCE)).rejects.toThrow('dead');
  // No decision is left that would name the new table to this one.
  expect(await attempted(old).project({ source: SOURCE })).toMatchObject({ applied: 1, behind: 0 });
  expect(await attempted(await born(NEW)).load({ source: SOURCE })).toMatchObject({ applied: 1, behind: 0 });
  expect(await lake.documents.count(LOUD)).toBe(1);
});

test('documents and proofs take in a column and a table that are new to the process', async () => {
  const old = await bornBefore();
  const next = await born(NEW);
  await publish(next, windowAfter(1), ['b 1 fine']);
  await attempted(next).project({ source: SOURCE });
  expect(await attempted(old).load({ source: SOURCE })).toMatchObject({ applied: 1 });
  expect(await lake.documents.find(LOUD, 'b')).toMatchObject({ word: 'fine' });
  expect(await lake.documents.find(NOTES, 'b')).toMatchObject({ word: 'fine', shout: 'HEY' });
  await attempted(old).reconcile({ source: SOURCE });
  expect(await keysOf(lake.store, verifiedPrefix(SOURCE))).toContain(verifiedKey(SOURCE, 1));
});

test('a report is made of a table that is new to the process', async () => {
  const [breakdown] = REPORTS.get('desk')!.breakdowns;
  const breakdowns = [{ ...breakdown!, column: 'word', list: false }];
  const definition: ReportDefinition = { name: 'loud', rows: 'notes', table: LOUD.name, breakdowns, measures: [] };
  const old = await bornBefore();
  const next = await born(NEW);
  await publish(next, windowAfter(1), ['b 1 fine']);
  await attempted(next).project({ source: SOURCE });
  expect(await makeReports(old, SOURCE, definition)).toMatchObject({ applied: 1, behind: 0 });
  expect(await keysOf(lake.store, 'reports/loud/')).toHaveLength(1);
});
