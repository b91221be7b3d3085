/** verify, and a table that a run has described but no decision names. No server. */
import { afterAll, expect, test } from '@jest/globals';
import { verify } from '../../src/cli/verify.ts';
import { keepSpecs } from '../../src/lake/tables.ts';
import { runWindow } from '../integration/run-window.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { openMemoryLake } from '../support/memory-lake.ts';
import { notes, writeNotes } from '../support/notes.ts';

const lake = openMemoryLake();
afterAll(() => lake.close());

test('a table that a run described before it was overtaken waits for nothing', async () => {
  const contract = notes({ name: 'old' });
  const [table] = contract.tables;
  const ports = await lake.process({ contracts: new Map([['desk', contract]]) });
  const window = windowAfter(0);
  await writeNotes(lake.store, window, ['a 1 fine']);
  await runWindow(ports, { source: 'desk', window });
  await keepSpecs(ports, { ...contract, tables: [{ ...table, name: 'notes_loud' }] });
  const { findings, uncovered } = await verify(ports, [contract], {}, () => undefined);
  expect(findings).toEqual([]);
  expect(uncovered.filter(({ waits }) => waits)).toEqual([]);
});
