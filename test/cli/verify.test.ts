/** verify, on a small lake: nothing to find in a sound one, and every object that is altered or removed is found. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type EtlActivities, createEtlActivities } from '../../src/activities/index.ts';
import type { Ports } from '../../src/activities/ports.ts';
import type { Compared } from '../../src/activities/types.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { createMemoryStore } from '../../src/adapters/object-store/memory.ts';
import { type Verified, verify } from '../../src/cli/verify.ts';
import { sentence } from '../../src/cli/verify/findings.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import { ledgerRoot, tableRoot } from '../../src/domain/layout.ts';
import { windowStart } from '../../src/domain/window.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { keepSnapshot } from '../../src/lake/snapshot.ts';
import type { Readers } from '../../src/wiring/ports.ts';
import { bringForward, compactAll, rebuild } from '../integration/run-window.ts';
import { random } from '../support/desk-lines.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { type SmallLake, W0, W1, fillSmallLake, good, openSmallLake } from '../support/small-lake.ts';

let lake: SmallLake;
const HOUR_MS = 3_600_000;
/** The first part of every key the layout knows; `seals` and the like are read, the others verify names. */
const KINDS = [
  'backfills',
  'closed',
  'diffs',
  'ledger',
  'manifests',
  'meta',
  'parked',
  'raw',
  'reports',
  'seals',
  'settled',
  'staging',
  'tables',
  'upkeep',
  'verified',
];
const quiet = (): void => undefined;

beforeAll(async () => {
  lake = await openSmallLake();
  await fillSmallLake(lake);
  for (let n = 2; n < 8; n += 1) {
    await lake.land('desk', windowAfter(n), [good(`of-${n}`)]);
    await lake.run('desk', windowAfter(n));
  }
  await lookAfter(lake.ports);
}, 120_000);
afterAll(() => lake.close());

/** Windows judged again, upkeep, and a trace of everything else that leaves objects: replaced rows, superseded and merged files, lists, marks. */
async function lookAfter(ports: Ports): Promise<void> {
  const act = (now = Date.now()) => {
    const activities = createEtlActivities({ ...ports, now: () => now }, REPORTS);
    return <N extends keyof EtlActivities>(name: N, input: object): ReturnType<EtlActivities[N]> =>
      new MockActivityEnvironment().run(activities[name] as (of: object) => Promise<unknown>, input) as never;
  };
  const source = 'desk';
  for (const window of [W0, W1, W1, W1, W1]) {
    expect(await rebuild(ports, { source, window })).toMatchObject({ kind: 'published' });
    await bringForward(ports, { source });
  }
  const { ref } = await act(Date.now() + 73 * HOUR_MS)('planVacuum', { source });
  expect((await act(Date.now() + 73 * HOUR_MS)('vacuum', { source, ref })).files).toBeGreaterThan(0);
  const compared = (await rebuild(ports, { source, window: W1 }, 'compare')) as Compared;
  await act()('combineDiffs', { source, diffs: [{ window: W1, expect: compared.ref }], earlier: null });
  expect(await compactAll(ports, source)).toBe(8);
  expect(await act()('mergeLedger', { source, dryRun: false })).toMatchObject({ replaced: 14, files: 1 });
  await bringForward(ports, { source });
  const { state, entries } = await readLedger(ports, source);
  await keepSnapshot(ports, source, { state, entries, verified: -1, reported: {} });
  for (const root of [ledgerRoot(source), tableRoot('desk_interactions')])
    await ports.checkpoints.write(root, await ports.logs(root).refresh(), 0);
  await act()('settleDays', { source });
  await act()('keepClosing', { source, day: '2026-01-01' });
  await act()('park', {
    source,
    window: W1,
    step: 'cleanse',
    kind: 'Permanent',
    reason: 'a test',
    workflowId: 'w',
    runId: 'r',
  });
}

/** The sources that a key can belong to. */
const sourcesOf = (key: string): readonly string[] =>
  /telegram/.test(key) ? ['telegram'] : /desk/.test(key) ? ['desk'] : ['desk', 'telegram'];

async function verifyStore(
  store: ObjectStore,
  range = {},
  sources = ['desk', 'telegram'] as readonly string[],
): Promise<Verified> {
  const { ports, close } = await lake.readers(store);
  try {
    const contracts = [...ports.contracts.values()].filter(({ source }) => sources.includes(source));
    return await verify(ports, contracts, range, quiet);
  } finally {
    await close();
  }
}

/** Everything the lake holds, in a store of its own. */
async function copyOf(store: ObjectStore): Promise<ObjectStore> {
  const copy = createMemoryStore();
  for await (const { key } of store.list('')) await copy.put(key, (await store.get(key))!, { ifAbsent: true });
  return copy;
}

test('a sound lake: every promise holds, all that the ledger names was read', async () => {
  const { sources, findings, checked } = await verifyStore(lake.store);
  expect(findings).toEqual([]);
  expect(sources).toMatchObject([
    { source: 'desk', entries: 14, seals: 9, counts: { received: 14, enriched: 11, duplicates: 2, quarantined: 1 } },
    { source: 'telegram', entries: 1, counts: { received: 3, enriched: 2, duplicates: 1, quarantined: 0 } },
  ]);
  expect(checked).toMatchObject({
    'raw objects': 10,
    seals: 10,
    manifests: 15,
    'table descriptions': 4,
    'ledger files': 16,
    'table files': 3,
    'verified objects': 15,
    documents: 13,
  });
});

test('every object, altered by a bit or removed, is found, but for what verify says it cannot vouch for', async () => {
  const keys: string[] = [];
  for await (const { key } of lake.store.list('')) keys.push(key);
  expect(new Set(keys.map((key) => key.split('/')[0]))).toEqual(new Set(KINDS));
  const { uncovered } = await verifyStore(lake.store);
  const isNamed = (key: string): boolean =>
    uncovered.some(({ where }) => (where.endsWith('/') ? key.startsWith(where) : key === where));
  const next = random(1);
  const missed: string[] = [];
  for (const key of keys) {
    // What it says it does not read needs no trial, but for logs of tables, which it does.
    if (isNamed(key) && !key.includes('/_delta_log/')) continue;
    const body = (await lake.store.get(key))!;
    const altered = body.slice();
    altered[Math.floor(next() * body.length)]! ^= 1 << Math.floor(next() * 8);
    for (const [how, bytes] of [
      ['altered', altered],
      ['removed', undefined],
    ] as const) {
      const broken = await copyOf(lake.store);
      await broken.remove(key);
      if (bytes !== undefined) await broken.put(key, bytes, { ifAbsent: true });
      const { findings, uncovered: left } = await verifyStore(broken, {}, sourcesOf(key));
      if (findings.length === 0 && !isNamed(key) && !left.some(({ where }) => where === key))
        missed.push(`${how} ${key}`);
    }
  }
  expect((await verifyStore(lake.store)).findings).toEqual([]);
  expect(missed).toEqual([]);
}, 1_800_000);

test('rows and documents are held against the ledger', async () => {
  const { ports, close } = await lake.readers(await copyOf(lake.store));
  const contracts = [ports.contracts.get('desk')!];
  const documents: Readers['documents'] = {
    ...ports.documents,
    states: async (table, entities) => new Map([...(await ports.documents.states(table, entities))].slice(1)),
    count: async (table) => (await ports.documents.count(table)) + 1,
  };
  const lost = await verify({ ...ports, documents }, contracts, {}, quiet);
  expect(lost.findings.map(sentence).join('\n')).toMatch(
    /1 documents are missing or not as their rows[^]*there are 12 documents, the table has 11 entities/,
  );
  const log = ports.logs(tableRoot('desk_interactions'));
  const { version, files } = await log.refresh();
  const [path = ''] = files.keys();
  await log.append(version + 1, [{ remove: { path, deletionTimestamp: 0, dataChange: true } }]);
  const dropped = await verify(ports, contracts, {}, quiet);
  expect(dropped.findings.map(({ what }) => what)).toContainEqual(
    expect.stringMatching(/0 live rows of .*, the ledger sends it/),
  );
  await close();
});

test('what waits is said and is no finding; days narrow what is read', async () => {
  const store = await copyOf(lake.store);
  const openedAt = windowStart(windowAfter(30));
  const { key } = await writeRaw(store, 'desk', openedAt, [
    { id: 'x', receivedAt: openedAt, headers: {}, body: new Uint8Array() },
  ]);
  const { findings, uncovered } = await verifyStore(store);
  expect(findings).toEqual([]);
  expect(uncovered.filter(({ waits }) => waits)).toMatchObject([{ where: key }]);
  const some = await verifyStore(store, { from: '2026-01-02', to: '2026-01-02' });
  expect(some).toMatchObject({
    findings: [],
    sources: [{ entries: 0 }, { entries: 0 }],
    checked: { 'ledger entries': 16 },
  });
  expect(await verifyStore(store, { from: '2026-01-01', to: '2026-01-01' })).toMatchObject({
    findings: [],
    sources: [{ entries: 14 }, {}],
  });
});
