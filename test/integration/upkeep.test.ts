/** Upkeep on the real parts: whatever is compacted, merged and deleted, everybody reads the same rows. */
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { deltaLogs } from '../../src/adapters/delta/log.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { ledgerRoot, tableRoot } from '../../src/domain/formats/layout.ts';
import { isDecision } from '../../src/domain/formats/ledger.ts';
import { FANOUT } from '../../src/domain/plans/merge.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { appliedBy } from '../../src/lake/tables.ts';
import { checkLake } from '../support/check-lake.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { statesOf } from '../support/log-entries.ts';
import { pythonReaders } from '../support/python-readers.ts';
import { stack } from '../support/stack.ts';
import { type ActivityLake, openActivityLake } from './activity-lake.ts';
import { bringForward, rebuild, runWindow } from './run-window.ts';

const SOURCE = 'desk';
const TABLE = DESK.tables[0].name;
const ROOT = tableRoot(TABLE);
const HOUR_MS = 3_600_000;
const NOTHING = { replaced: 0, files: 0, rows: 0, bytes: 0 };

let lake: ActivityLake;
afterEach(() => lake.close());

/** Windows that hold eight messages each, of two event days, `first` and the ones after: a file of the table each, all of one size. */
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

const compact = (dryRun = false) => lake.run('compact', { source: SOURCE, dryRun });

async function keysBelow(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of lake.ports.store.list(prefix)) keys.push(key);
  return keys;
}
const tableFiles = async () => (await keysBelow(ROOT)).filter((key) => key.endsWith('.parquet'));

describe.each(['duckdb', 'node'])('compaction of what the engine %s wrote', (engine) => {
  test('leaves every row as it was, at every version of the table, and is done once', async () => {
    lake = await openActivityLake(engine);
    await receiveWindows(FANOUT - 1);
    expect(await compact()).toEqual(NOTHING);
    await receiveWindows(2, FANOUT - 1);
    const before = await tableState();
    expect(before.files.size).toBe(FANOUT + 1);
    const rows = await rowsOf(before.files.keys());
    expect(rows).toHaveLength(72);
    expect(await compact(true)).toMatchObject({ replaced: FANOUT + 1, files: 0, rows: 72 });
    expect((await tableState()).version).toBe(before.version);
    expect(await compact()).toMatchObject({ replaced: FANOUT + 1, files: 1, rows: 72 });
    const after = await tableState();
    expect(after.version).toBe(before.version + 1);
    expect(after.files.size).toBe(1);
    expect(appliedBy(after, SOURCE)).toBe(appliedBy(before, SOURCE));
    const states = (await statesOf(lake.ports.store, ROOT)).filter(({ version }) => version >= before.version);
    expect(states).toHaveLength(2);
    for (const state of states) expect(await rowsOf(state.files.keys())).toEqual(rows);
    expect(await compact()).toEqual(NOTHING);
    await receiveWindows(1, FANOUT + 1);
    await checkLake(lake.ports);
  });
});

describe('compaction', () => {
  test('waits for nobody: what is not verified is compacted, and is verified after that', async () => {
    lake = await openActivityLake();
    await receiveWindows(FANOUT);
    for (const key of await keysBelow('verified/')) await lake.ports.store.remove(key);
    beginAnew();
    expect(await compact()).toMatchObject({ replaced: FANOUT, files: 1 });
    expect(await lake.run('reconcile', { source: SOURCE })).toMatchObject({ verified: FANOUT });
    await checkLake(lake.ports);
  });

  test('that meets the commit of a projection goes after it; one whose files were taken changes nothing', async () => {
    let meet = (): Promise<unknown> => Promise.resolve();
    lake = await openActivityLake('duckdb', (store) =>
      beforePut(store, `${ROOT}_delta_log/`, (body) => (body.includes('OPTIMIZE') ? meet() : undefined)),
    );
    await receiveWindows(FANOUT);
    meet = once(() => receiveWindows(1, FANOUT));
    const { version } = await tableState();
    expect(await compact()).toMatchObject({ replaced: FANOUT, files: 1 });
    expect((await tableState()).version).toBe(version + 2);
    await receiveWindows(FANOUT - 1, FANOUT + 1);
    meet = once(() => compact());
    expect(await compact()).toEqual(NOTHING);
    expect((await tableState()).files.size).toBe(2);
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
    expect([...ledger.entries].map(isDecision)).toEqual([...Array.from({ length: 8 }, () => true), false]);
    await lake.run('project', { source: SOURCE });
    // The last decision; the merge behind it gives them nothing to do.
    expect(await lake.run('load', { source: SOURCE })).toMatchObject({ applied: 7, behind: 0 });
    await checkLake(lake.ports);
    await lake.receive(windowAfter(8), ['a0', 'new', 'd7']);
    const facts = await checkLake(lake.ports);
    expect(facts.counts).toEqual({ received: 67, enriched: 65, duplicates: 2, quarantined: 0 });
    expect(await lake.run('listPending', { source: SOURCE })).toEqual({ windows: [], leftOut: 0, more: false });
  });

  test('are no conflict for a publish, nor is another decision: only an identity that both claim is', async () => {
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
    expect(await runWindow(lake.ports, { source: SOURCE, window: windowAfter(9) })).toMatchObject([
      { kind: 'published', version: 11 },
    ]);
    meet = once(() => lake.receive(windowAfter(12), ['shared']));
    await writeDesk(lake.ports.store, windowAfter(11), ['shared', 'own']);
    expect(await runWindow(lake.ports, { source: SOURCE, window: windowAfter(11) })).toEqual([
      { kind: 'conflict', head: 12 },
    ]);
    // Whose entry came first holds the claim, whichever was received first.
    expect(await runWindow(lake.ports, { source: SOURCE, window: windowAfter(11) })).toEqual([
      { kind: 'published', version: 13, counts: { received: 2, enriched: 1, duplicates: 1, quarantined: 0 } },
    ]);
    const { duplicates } = await checkLake(lake.ports);
    expect(duplicates.filter((place) => place.includes('hour=11/'))).toEqual([expect.stringMatching(/#0$/)]);
  });
});

describe('vacuum', () => {
  const list = () => lake.run('planVacuum', { source: SOURCE });

  test('deletes what was dropped long ago, from a list, and others read the table as before', async () => {
    lake = await openActivityLake();
    await receiveWindows(FANOUT);
    const before = await readByOthers();
    const dropped = FANOUT;
    await compact();
    expect(await list()).toMatchObject({ files: 0, kept: { live: 1, young: dropped } });
    lake.aheadMs = 73 * HOUR_MS;
    const planned = await list();
    expect(planned).toMatchObject({ files: dropped, kept: { live: 1 }, more: false });
    expect(await tableFiles()).toHaveLength(dropped + 1);
    expect(await lake.run('vacuum', { source: SOURCE, ref: planned.ref! })).toMatchObject({
      files: dropped,
      spared: 0,
    });
    expect(await tableFiles()).toHaveLength(1);
    expect(await readByOthers()).toEqual(before);
    await checkLake(lake.ports);
    expect(await list()).toMatchObject({ files: 0 });
  }, 360_000); // the first run on a machine fetches the readers

  test('waits for MongoDB, reports and verification', async () => {
    lake = await openActivityLake();
    await receiveWindows(FANOUT);
    const dropped = FANOUT;
    await compact();
    lake.aheadMs = 73 * HOUR_MS;
    for (const prefix of ['verified/', 'reports/']) {
      const keys = await keysBelow(prefix);
      const bodies = await Promise.all(keys.map(async (key) => (await lake.ports.store.get(key))!));
      for (const key of keys) await lake.ports.store.remove(key);
      beginAnew();
      expect(await list()).toMatchObject({ files: 0, kept: { live: 1, dropped } });
      for (const [i, key] of keys.entries()) await lake.ports.store.put(key, bodies[i]!, { ifAbsent: true });
    }
    const applied = lake.ports.documents.applied;
    Object.assign(lake.ports.documents, { applied: () => Promise.resolve(0) });
    expect(await list()).toMatchObject({ files: 0, kept: { dropped } });
    Object.assign(lake.ports.documents, { applied });
    expect(await list()).toMatchObject({ files: dropped });
  });

  test('takes nothing that documents need: lost, they come again from the tables, also of rows judged again', async () => {
    lake = await openActivityLake();
    await receiveWindows(FANOUT);
    await compact();
    expect(await rebuild(lake.ports, { source: SOURCE, window: windowAfter(1) })).toMatchObject({ version: FANOUT });
    await bringForward(lake.ports, { source: SOURCE });
    await compact();
    lake.aheadMs = 73 * HOUR_MS;
    await lake.run('vacuum', { source: SOURCE, ref: (await list()).ref! });
    expect(await tableFiles()).toHaveLength(2);
    await lake.loseDocuments();
    expect(await lake.run('load', { source: SOURCE })).toMatchObject({ applied: FANOUT, behind: 0 });
    await checkLake(lake.ports);
  });

  test('takes what a run left that is not published; spares what is young, dropped in the last three days, or still to be taken in', async () => {
    let ageOfFiles = 0;
    lake = await openActivityLake('duckdb', (store) => ({
      ...store,
      async *list(prefix, after) {
        for await (const info of store.list(prefix, after))
          yield info.key.startsWith(`${ROOT}_delta_log/`)
            ? info
            : { ...info, modifiedMs: info.modifiedMs - ageOfFiles };
      },
    }));
    await receiveWindows(FANOUT);
    await compact();
    // Published, and no table has taken it in.
    expect(await rebuild(lake.ports, { source: SOURCE, window: windowAfter(1) })).toMatchObject({ kind: 'published' });
    const names = ['desk-2026-01-01T00-g0001-r1', 'desk-2026-01-01T00-g0001-r0', 'compact-0001767225600000'];
    const orphans = names.map((name) => `${ROOT}${name}-0000-${'a'.repeat(64)}.parquet`);
    for (const key of [...orphans, `${ROOT}somebody-else.parquet`])
      await lake.ports.store.put(key, Uint8Array.of(1), { ifAbsent: true });
    const others = { live: 1, unknown: 1 };
    expect(await list()).toMatchObject({ files: 0, kept: { ...others, young: FANOUT + 1 + orphans.length } });
    ageOfFiles = 73 * HOUR_MS;
    const planned = await list();
    expect(planned).toMatchObject({ files: orphans.length, kept: { ...others, dropped: FANOUT, awaited: 1 } });
    expect([...planned.sample].sort()).toEqual([...orphans].sort());
    // By the time it deletes, the store says that the files are young.
    expect(await lake.run('vacuum', { source: SOURCE, ref: planned.ref! })).toEqual({
      files: 0,
      bytes: 0,
      spared: orphans.length,
    });
    await bringForward(lake.ports, { source: SOURCE });
    await checkLake(lake.ports);
  });
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
