/** Views over a lake: narrowed to days, and the ledger as it was at a version. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Ports } from '../../src/activities/ports.ts';
import type { View } from '../../src/adapters/engine/reader.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { type ViewPlace, ledgerViews, tableViews } from '../../src/lake/views.ts';
import { bringForward, rebuild, runWindow } from '../integration/run-window.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type MemoryLake, openMemoryLake } from '../support/memory-lake.ts';

let lake: MemoryLake;
let ports: Ports;
beforeAll(async () => {
  lake = openMemoryLake();
  ports = await lake.process();
  for (const [n, ids] of [['a', 'b'], ['a', 'c'], ['d']].entries()) {
    await writeDesk(lake.store, windowAfter(n), ids);
    await runWindow(ports, { source: 'desk', window: windowAfter(n) });
  }
  await rebuild(ports, { source: 'desk', window: windowAfter(0) });
  await bringForward(ports, { source: 'desk' });
});
afterAll(() => lake.close());

const ask = (viewsAt: (place: ViewPlace) => Promise<readonly View[]>, sql: string) =>
  ports.cache.withScratch(async (scratch) => {
    const views = await viewsAt({ scratch, say: () => undefined });
    return (await ports.reader.ask(views, sql, 100, scratch)).rows;
  });

test('the ledger at a version knows no later entry, and each line by its last judgement', async () => {
  const counted = (at?: number) =>
    ask(
      (place) => ledgerViews(ports, 'desk', place, { at }),
      `SELECT count(*), count(*) FILTER (verdict = 'enriched'), max(revision) FROM ledger_desk`,
    );
  expect(await counted(0)).toEqual([[2, 2, 0]]);
  expect(await counted(1)).toEqual([[4, 3, 0]]);
  expect(await counted(2)).toEqual([[5, 4, 0]]);
  expect(await counted(3)).toEqual([[5, 4, 1]]);
  expect(await counted()).toEqual([[5, 4, 1]]);
});

test('rows are those of the days asked for; a table without rows has its columns', async () => {
  const [table] = DESK.tables;
  const sql = `SELECT count(*), count(event_date) FROM ${table.name}_current`;
  const of = (days: { readonly from?: string; readonly to?: string }) =>
    ask((place) => tableViews(ports, { source: 'desk', table }, days, place), sql);
  expect(await of({})).toEqual([[4, 4]]);
  expect(await of({ from: '9000-01-01' })).toEqual([[0, 0]]);
  const days = await ask(
    (place) => tableViews(ports, { source: 'desk', table }, { reached: 3 }, place),
    `SELECT event_date::VARCHAR, count(*) FROM ${table.name} GROUP BY ALL ORDER BY ALL`,
  );
  for (const [day, n] of days) expect(await of({ from: String(day), to: String(day) })).toEqual([[n, n]]);
  const empty = { ...table, name: 'nothing_yet' };
  expect(
    await ask(
      (place) => tableViews(ports, { source: 'desk', table: empty }, {}, place),
      'SELECT entity, channel FROM nothing_yet',
    ),
  ).toEqual([]);
});
