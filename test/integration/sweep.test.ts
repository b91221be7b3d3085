/** What upkeep finds beside the tables: staging and ledger files that nobody names, and what looks odd. */
import { afterEach, expect, test } from '@jest/globals';
import type { SealRef } from '../../src/activities/types.ts';
import { keysOf } from '../../src/adapters/object-store/put.ts';
import { STAGING_PREFIX, ledgerRoot } from '../../src/domain/formats/layout.ts';
import { windowAt } from '../../src/domain/window.ts';
import { checkLake } from '../support/check-lake.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type ActivityLake, openActivityLake } from './activity-lake.ts';
import { rebuild, runWindow, stagedPart } from './run-window.ts';

const SOURCE = 'desk';
const HOUR_MS = 3_600_000;

let lake: ActivityLake;
afterEach(() => lake.close());

const ledgerFiles = async () =>
  (await keysOf(lake.ports.store, ledgerRoot(SOURCE))).filter((key) => key.endsWith('.parquet'));

test('a sweep removes all old staging and ledger files that no manifest names; a run that finds its staging gone begins again', async () => {
  lake = await openActivityLake();
  const [done, pending] = [windowAt(Date.now() - HOUR_MS), windowAt(Date.now())];
  await lake.receive(done, ['a', 'b']);
  // The first revision's ledger file is named by its manifest, though no longer live.
  expect(await rebuild(lake.ports, { source: SOURCE, window: done })).toMatchObject({ kind: 'published' });
  const named = await ledgerFiles();
  expect(named).toHaveLength(2);
  await writeDesk(lake.ports.store, pending, ['c']);
  const sealed = await lake.run('sealWindow', { source: SOURCE, window: pending, parked: true });
  if (sealed.kind !== 'seals') throw new Error('the window is parked');
  const [seal] = sealed.seals as [SealRef];
  const staged = [stagedPart(await lake.run('cleanse', { seal, revision: 0, chunk: 0 }))];
  const decided = await lake.run('dedupe', { seal, revision: 0, staged });
  if (decided.kind !== 'decided') throw new Error(`dedupe answered ${decided.kind}`);
  const orphans = (await ledgerFiles()).filter((key) => !named.includes(key));
  expect(orphans).toHaveLength(1);
  await lake.ports.store.put('meta/probe/left', Uint8Array.of(1), { ifAbsent: true });
  const sweep = (dryRun: boolean) => lake.run('sweep', { source: SOURCE, dryRun });
  const old = (await keysOf(lake.ports.store, STAGING_PREFIX)).length + orphans.length + 1;
  expect(await sweep(false)).toMatchObject({ files: 0 });
  lake.aheadMs = 73 * HOUR_MS;
  expect(await sweep(true)).toMatchObject({ files: old, more: false });
  expect(await sweep(false)).toMatchObject({ files: old });
  expect(await keysOf(lake.ports.store, STAGING_PREFIX)).toEqual([]);
  expect(await keysOf(lake.ports.store, 'meta/probe/')).toEqual([]);
  expect(await ledgerFiles()).toEqual(named);
  expect(await sweep(false)).toMatchObject({ files: 0 });
  lake.aheadMs = 0;
  expect(await lake.run('compress', { decided: decided.ref, staged, range: 0 })).toMatchObject({ kind: 'stale' });
  expect(await runWindow(lake.ports, { source: SOURCE, window: pending })).toMatchObject([{ kind: 'published' }]);
  await checkLake(lake.ports);
});

test('oddities are counted and placed: ids with another body, soon and late, and twins; nothing changes', async () => {
  lake = await openActivityLake();
  const { store } = lake.ports;
  const [day, next] = [windowAfter(0), windowAfter(25)];
  await writeDesk(store, day, ['a', 'b', 'c']);
  await writeDesk(store, day, ['b'], { seed: 2, minute: 1 });
  await writeDesk(store, next, ['a'], { seed: 3 });
  for (const window of [day, next]) await runWindow(lake.ports, { source: SOURCE, window });
  const before = await keysOf(lake.ports.store, '');
  lake.aheadMs = Date.parse('2026-01-02T12:00:00Z') - Date.now();
  const found = await lake.run('oddities', { source: SOURCE });
  expect(found).toMatchObject({
    rows: 5,
    messages: 4,
    reusedIds: { count: 1, samples: [expect.stringMatching(/date=2026-01-02\/.*#0$/)] },
    changedRedeliveries: { count: 1, samples: [expect.stringMatching(/date=2026-01-01\/.*#0$/)] },
    twins: { count: 0, samples: [] },
  });
  expect((await keysOf(lake.ports.store, '')).filter((key) => key !== found.ref)).toEqual(before);
});
