/** Upkeep on the real parts: whatever is compacted, merged and deleted, everybody reads the same rows. */
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { readLedger } from '../../src/activities/ledger-view.ts';
import { appliedBy } from '../../src/activities/project.ts';
import { deltaLogs } from '../../src/adapters/delta/log.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { DESK } from '../../src/domain/contracts/desk.ts';
import { EMPTY_STATE, applyEntries } from '../../src/domain/delta.ts';
import { isDecision } from '../../src/domain/ledger.ts';
import { STAGING_PREFIX, ledgerRoot, tableRoot } from '../../src/domain/layout.ts';
import { checkLake } from '../support/check-lake.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { pythonReaders } from '../support/python-readers.ts';
import { stack } from '../support/stack.ts';
import { type ActivityLake, openActivityLake } from './activity-lake.ts';
import { bringForward, rebuild, runWindow } from './run-window.ts';

const SOURCE = 'desk';
const TABLE = DESK.tables[0].name;
const ROOT = tableRoot(TABLE);
const HOUR_MS = 3_600_000;
const ALL = { source: SOURCE, scope: 'all' } as const;

let lake: ActivityLake;
afterEach(() => lake.close());

/** Windows that hold eight messages each, of two event days, `first` and the ones after. */
async function receiveWindows(count: number, first = 0): Promise<void> {
  for (let n = first; n < first + count; n += 1)
    await lake.receive(
      windowAfter(n),
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => `${name}${n}`),
    );
}

/** As a process that starts: what it knew of the ledger it reads again. */
const beginAnew = () => Object.assign(lake.ports, { logs: deltaLogs(lake.ports.store, lake.ports.checkpoints) });

const tableState = () => lake.ports.logs(ROOT).refresh();

/** Every column of every row that a state of the table holds, in an order of their own. */
function rowsOf(files: Iterable<string>): Promise<readonly string[]> {
  return lake.ports.cache.withScratch(async (scratch) => {
    const paths = [];
    for (const file of files) paths.push(await lake.ports.cache.fetch(`${ROOT}${file}`, scratch, 'a file'));
    const rows: string[] = [];
    for await (const row of lake.ports.reader.stream(paths, 'SELECT * EXCLUDE (filename) FROM rows', scratch))
      rows.push(JSON.stringify(row));
    return rows.sort();
  });
}

async function compactAll() {
  const { days } = await lake.run('listCompactions', ALL);
  for (const day of days) expect(await lake.run('compact', { ...ALL, ...day })).toMatchObject({ files: 1 });
  return days;
}

async function keysBelow(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of lake.ports.store.list(prefix)) keys.push(key);
  return keys;
}
const tableFiles = async () => (await keysBelow(ROOT)).filter((key) => key.endsWith('.parquet'));

describe.each(['duckdb', 'node'])('compaction of what the engine %s wrote', (engine) => {
  test('leaves every row as it was, at every version of the table, and is done once', async () => {
    lake = await openActivityLake(engine);
    await receiveWindows(5);
    const before = await tableState();
    const rows = await rowsOf(before.files.keys());
    expect(rows).toHaveLength(40);
    expect(await compactAll()).toHaveLength(2);
    const after = await tableState();
    expect(after.files.size).toBe(2);
    expect(appliedBy(after, SOURCE)).toBe(appliedBy(before, SOURCE));
    let state = EMPTY_STATE;
    for (const entry of lake.ports.logs(ROOT).entries(0, after.version)) {
      state = applyEntries(state, [entry]);
      if (state.version >= before.version) expect(await rowsOf(state.files.keys())).toEqual(rows);
    }
    expect(await lake.run('listCompactions', ALL)).toEqual({ days: [], files: 0, bytes: 0 });
    await receiveWindows(1, 5);
    await checkLake(lake.ports);
  });
});

describe('compaction', () => {
  test('leaves files alone whose ledger entry is not verified', async () => {
    lake = await openActivityLake();
    await receiveWindows(2);
    for (const key of await keysBelow('verified/')) await lake.ports.store.remove(key);
    beginAnew();
    expect((await lake.run('listCompactions', ALL)).days).toEqual([]);
    await lake.run('reconcile', { source: SOURCE });
    expect((await lake.run('listCompactions', ALL)).days).toHaveLength(2);
  });

  test('that meets the commit of a projection goes after it; one whose files were taken changes nothing', async () => {
    let meet = (): Promise<unknown> => Promise.resolve();
    lake = await openActivityLake('duckdb', (store) =>
      beforePut(store, `${ROOT}_delta_log/`, (body) => (body.includes('OPTIMIZE') ? meet() : undefined)),
    );
    await receiveWindows(3);
    const [first, second] = (await lake.run('listCompactions', ALL)).days;
    meet = once(() => receiveWindows(1, 3));
    const { version } = await tableState();
    expect(await lake.run('compact', { ...ALL, ...first! })).toMatchObject({ files: 1 });
    expect((await tableState()).version).toBe(version + 2);
    meet = once(() => lake.run('compact', { ...ALL, ...second! }));
    expect(await lake.run('compact', { ...ALL, ...second! })).toEqual({ replaced: 0, files: 0, rows: 0, bytes: 0 });
    await checkLake(lake.ports);
  });
});

describe('merges of ledger files', () => {
  test('are entries that decide nothing: claims are found in them, and every projection passes them', async () => {
    lake = await openActivityLake();
    await receiveWindows(8);
    const merged = await lake.run('mergeLedger', { source: SOURCE, dryRun: false });
    expect(merged).toEqual({ replaced: 8, files: 1, rows: 64, version: 8 });
    expect(await lake.run('mergeLedger', { source: SOURCE, dryRun: false })).toEqual({
      replaced: 0,
      files: 0,
      rows: 0,
    });
    const ledger = await readLedger(lake.ports, SOURCE);
    expect([...ledger.state.files.keys()]).toEqual([expect.stringMatching(/^merge-/)]);
    expect(ledger.commits.map(isDecision)).toEqual([...Array.from({ length: 8 }, () => true), false]);
    await lake.run('project', { source: SOURCE });
    expect(await lake.run('load', { source: SOURCE })).toMatchObject({ applied: 8, behind: 0 });
    await checkLake(lake.ports);
    await lake.receive(windowAfter(8), ['a0', 'new', 'd7']);
    const facts = await checkLake(lake.ports);
    expect(facts.counts).toEqual({ received: 67, enriched: 65, duplicates: 2, quarantined: 0 });
    expect(await lake.run('listPending', { source: SOURCE })).toEqual({ windows: [], leftOut: 0, more: false });
  });

  test('are no conflict for a publish; another decision is', async () => {
    let meet = (): Promise<unknown> => Promise.resolve();
    const root = `${ledgerRoot(SOURCE)}_delta_log/`;
    lake = await openActivityLake('duckdb', (store) =>
      beforePut(store, root, (body) => (body.includes('OPTIMIZE') ? undefined : meet())),
    );
    await receiveWindows(8);
    meet = once(() => lake.run('mergeLedger', { source: SOURCE, dryRun: false }));
    await writeDesk(lake.ports.store, windowAfter(8), ['x', 'a3']);
    expect(await runWindow(lake.ports, { source: SOURCE, window: windowAfter(8) })).toEqual([
      { kind: 'published', version: 9, counts: { received: 2, enriched: 1, duplicates: 1, quarantined: 0 } },
    ]);
    meet = once(() => receiveWindows(1, 10));
    await writeDesk(lake.ports.store, windowAfter(9), ['y']);
    expect(await runWindow(lake.ports, { source: SOURCE, window: windowAfter(9) })).toEqual([
      { kind: 'conflict', head: 10 },
    ]);
    expect(await runWindow(lake.ports, { source: SOURCE, window: windowAfter(9) })).toMatchObject([{ version: 11 }]);
    await checkLake(lake.ports);
  });
});

describe('vacuum', () => {
  const list = () => lake.run('planVacuum', { source: SOURCE });

  test('deletes what was dropped long ago, from a list, and others read the table as before', async () => {
    lake = await openActivityLake();
    await receiveWindows(3);
    const before = await readByOthers();
    const dropped = 6;
    await compactAll();
    expect(await list()).toMatchObject({ files: 0, kept: { live: 2, young: dropped } });
    lake.aheadMs = 73 * HOUR_MS;
    const planned = await list();
    expect(planned).toMatchObject({ files: dropped, kept: { live: 2 }, more: false });
    expect(await tableFiles()).toHaveLength(dropped + 2);
    expect(await lake.run('vacuum', { source: SOURCE, ref: planned.ref! })).toMatchObject({
      files: dropped,
      spared: 0,
    });
    expect(await tableFiles()).toHaveLength(2);
    expect(await readByOthers()).toEqual(before);
    await checkLake(lake.ports);
    expect(await list()).toMatchObject({ files: 0 });
  }, 360_000); // the first run on a machine fetches the readers

  test('waits for MongoDB, reports and verification', async () => {
    lake = await openActivityLake();
    await receiveWindows(2);
    const dropped = 4;
    await compactAll();
    lake.aheadMs = 73 * HOUR_MS;
    for (const prefix of ['verified/', 'reports/']) {
      const keys = await keysBelow(prefix);
      const bodies = await Promise.all(keys.map(async (key) => (await lake.ports.store.get(key))!));
      for (const key of keys) await lake.ports.store.remove(key);
      beginAnew();
      expect(await list()).toMatchObject({ files: 0, kept: { live: 2, awaited: dropped } });
      for (const [i, key] of keys.entries()) await lake.ports.store.put(key, bodies[i]!, { ifAbsent: true });
    }
    const applied = lake.ports.documents.applied;
    Object.assign(lake.ports.documents, { applied: () => Promise.resolve(0) });
    expect(await list()).toMatchObject({ files: 0, kept: { awaited: dropped } });
    Object.assign(lake.ports.documents, { applied });
    expect(await list()).toMatchObject({ files: dropped });
  });

  test('takes nothing that documents need: lost, they come again from the tables, also of rows judged again', async () => {
    lake = await openActivityLake();
    await receiveWindows(3);
    await compactAll();
    expect(await rebuild(lake.ports, { source: SOURCE, window: windowAfter(1) })).toMatchObject({ version: 3 });
    await bringForward(lake.ports, { source: SOURCE });
    await compactAll();
    lake.aheadMs = 73 * HOUR_MS;
    await lake.run('vacuum', { source: SOURCE, ref: (await list()).ref! });
    expect(await tableFiles()).toHaveLength(2);
    await lake.loseDocuments();
    expect(await lake.run('load', { source: SOURCE })).toMatchObject({ applied: 3, behind: 0 });
    await checkLake(lake.ports);
  });

  test('spares what a run that is not published wrote, and what was dropped in the last three days', async () => {
    let ageOfFiles = 0;
    lake = await openActivityLake('duckdb', (store) => ({
      ...store,
      async *list(prefix, after) {
        for await (const info of store.list(prefix, after))
          yield info.key.endsWith('.parquet') ? { ...info, modifiedMs: info.modifiedMs - ageOfFiles } : info;
      },
    }));
    await receiveWindows(2);
    const dropped = 4;
    await compactAll();
    const orphans = [`desk-2026-01-01T00-g0001-r1`, `desk-2026-01-01T00-g0001-r0`];
    for (const run of orphans)
      await lake.ports.store.put(
        `${ROOT}event_date=2026-01-01/${run}-0000-${'a'.repeat(64)}.parquet`,
        Uint8Array.of(1),
        { ifAbsent: true },
      );
    ageOfFiles = 73 * HOUR_MS;
    const planned = await list();
    expect(planned).toMatchObject({ files: 1, kept: { live: 2, dropped, pending: 1 } });
    expect(planned.sample).toEqual([expect.stringContaining(orphans[1]!)]);
    // By the time it deletes, the store says that the file is young.
    expect(await lake.run('vacuum', { source: SOURCE, ref: planned.ref! })).toEqual({ files: 0, bytes: 0, spared: 1 });
  });
});

test('a sweep removes what published runs staged, and nothing that a pending run may want', async () => {
  lake = await openActivityLake();
  await receiveWindows(1);
  const pending = `${STAGING_PREFIX}desk-2026-01-01T05-g0001-r0/cleanse-00000-${'a'.repeat(64)}.parquet`;
  await lake.ports.store.put(pending, Uint8Array.of(1), { ifAbsent: true });
  await lake.ports.store.put('meta/probe/left', Uint8Array.of(1), { ifAbsent: true });
  const sweep = (dryRun: boolean) => lake.run('sweep', { source: SOURCE, dryRun });
  const staged = (await keysBelow(STAGING_PREFIX)).length - 1;
  expect(staged).toBeGreaterThan(1);
  expect(await sweep(false)).toMatchObject({ files: 0 });
  lake.aheadMs = 73 * HOUR_MS;
  expect(await sweep(true)).toMatchObject({ files: staged + 1, more: false });
  expect(await sweep(false)).toMatchObject({ files: staged + 1 });
  expect(await keysBelow(STAGING_PREFIX)).toEqual([pending]);
  expect(await keysBelow('meta/probe/')).toEqual([]);
});

test('oddities are counted and placed: ids with another body, soon and late, and twins; nothing changes', async () => {
  lake = await openActivityLake();
  const { store } = lake.ports;
  const [day, next] = [windowAfter(0), windowAfter(25)];
  await writeDesk(store, day, ['a', 'b', 'c']);
  await writeDesk(store, day, ['b'], { seed: 2, minute: 1 });
  await writeDesk(store, next, ['a'], { seed: 3 });
  for (const window of [day, next]) await runWindow(lake.ports, { source: SOURCE, window });
  const before = await keysBelow('');
  lake.aheadMs = Date.parse('2026-01-02T12:00:00Z') - Date.now();
  const found = await lake.run('oddities', { source: SOURCE });
  expect(found).toMatchObject({
    rows: 5,
    messages: 4,
    reusedIds: { count: 1, samples: [expect.stringMatching(/date=2026-01-02\/.*#0$/)] },
    changedRedeliveries: { count: 1, samples: [expect.stringMatching(/date=2026-01-01\/.*#0$/)] },
    twins: { count: 0, samples: [] },
  });
  expect((await keysBelow('')).filter((key) => key !== found.ref)).toEqual(before);
});

/** The table as deltalake and DuckDB's own Delta extension read it. */
async function readByOthers(): Promise<readonly unknown[]> {
  const read = await pythonReaders();
  const { endpoint, region, accessKeyId, secretAccessKey } = stack().s3;
  const script = fileURLToPath(new URL('read_table.py', import.meta.url));
  const table = {
    uri: `s3://${lake.bucket}/${lake.prefix}${ROOT}`,
    order: ['entity'],
    transaction: `ledger/${SOURCE}`,
    equal: ['_line', 0],
  };
  const answer = await read(script, { s3: { endpoint, region, accessKeyId, secretAccessKey }, tables: { table } });
  const { deltalake, duckdb } = (answer as Record<'table', Record<'deltalake' | 'duckdb', { rows: unknown[] }>>).table;
  expect(duckdb.rows).toEqual(deltalake.rows);
  return deltalake.rows;
}

/** A store that lets something happen before a put below `prefix`. */
const beforePut = (
  store: ObjectStore,
  prefix: string,
  happen: (body: string) => Promise<unknown> | undefined,
): ObjectStore => ({
  ...store,
  async put(key, body, options) {
    if (key.startsWith(prefix)) await happen(new TextDecoder().decode(body));
    return store.put(key, body, options);
  },
});

function once(work: () => Promise<unknown>): () => Promise<unknown> {
  let isDone = false;
  return async () => {
    if (isDone) return;
    isDone = true;
    await work();
  };
}
