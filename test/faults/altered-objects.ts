/**
 * verify on a lake that has everything in it: every object, altered by a bit or removed, is found, but for what verify says it cannot
 * vouch for.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect } from '@jest/globals';
import { type EtlActivities, createEtlActivities } from '../../src/activities/index.ts';
import type { Ports } from '../../src/activities/ports.ts';
import type { Compared } from '../../src/activities/types.ts';
import { createMemoryStore } from '../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { type Verified, verify } from '../../src/cli/verify.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import { ledgerRoot, tableRoot } from '../../src/domain/formats/layout.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { keepSnapshot } from '../../src/lake/snapshot.ts';
import { bringForward, compactAll, rebuild } from '../integration/run-window.ts';
import { random } from '../support/desk-lines.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { type SmallLake, W0, W1, fillSmallLake, good, openSmallLake } from '../support/small-lake.ts';

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

/** A lake in memory in which everything that leaves objects has happened. */
export async function openFullLake(): Promise<SmallLake> {
  const lake = await openSmallLake();
  await fillSmallLake(lake);
  for (let n = 2; n < 8; n += 1) {
    await lake.land('desk', windowAfter(n), [good(`of-${n}`)]);
    await lake.run('desk', windowAfter(n));
  }
  await lookAfter(lake.ports);
  return lake;
}

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

export async function verifyStore(
  lake: SmallLake,
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
export async function copyOf(store: ObjectStore): Promise<ObjectStore> {
  const copy = createMemoryStore();
  for await (const { key } of store.list('')) await copy.put(key, (await store.get(key))!, { ifAbsent: true });
  return copy;
}

/** Of keys that differ in numbers and hashes alone, the first. */
function oneOfEach(keys: readonly string[]): readonly string[] {
  const first = new Map<string, string>();
  for (const key of keys) {
    const pattern = key.replaceAll(/[0-9a-f]{16,}|\d+/g, '#');
    if (!first.has(pattern)) first.set(pattern, key);
  }
  return [...first.values()];
}

type Way = 'altered' | 'removed';

/** Alters and removes every object, one at a time, or one of each kind by turns; answers how many trials nobody noticed. */
export async function alterObjects(
  lake: SmallLake,
  { all, seed }: { readonly all: boolean; readonly seed: number },
): Promise<{ readonly trials: number; readonly missed: readonly string[] }> {
  const keys: string[] = [];
  for await (const { key } of lake.store.list('')) keys.push(key);
  expect(new Set(keys.map((key) => key.split('/')[0]))).toEqual(new Set(KINDS));
  const { uncovered } = await verifyStore(lake, lake.store);
  const isNamed = (key: string): boolean =>
    uncovered.some(({ where }) => (where.endsWith('/') ? key.startsWith(where) : key === where));
  const next = random(seed);
  // What it says it does not read needs no trial, but for logs of tables, which it does.
  const tried = (all ? keys : oneOfEach(keys)).filter((key) => !isNamed(key) || key.includes('/_delta_log/'));
  const trials = tried.flatMap((key, i): (readonly [string, Way])[] =>
    all
      ? [
          [key, 'altered'],
          [key, 'removed'],
        ]
      : [[key, i % 2 === 0 ? 'altered' : 'removed']],
  );
  const missed: string[] = [];
  for (const [key, way] of trials) {
    const broken = await copyOf(lake.store);
    await broken.remove(key);
    if (way === 'altered') {
      const body = (await lake.store.get(key))!.slice();
      body[Math.floor(next() * body.length)]! ^= 1 << Math.floor(next() * 8);
      await broken.put(key, body, { ifAbsent: true });
    }
    const { findings, uncovered: left } = await verifyStore(lake, broken, {}, sourcesOf(key));
    if (findings.length === 0 && !isNamed(key) && !left.some(({ where }) => where === key))
      missed.push(`${way} ${key}`);
  }
  return { trials: trials.length, missed };
}
