/** Runs that sleep for days, and upkeep that removes meanwhile what they left: nothing that is published is ever gone. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { EtlActivities } from '../../../src/activities/index.ts';
import type { Ports } from '../../../src/activities/ports.ts';
import type { SealRef, Staged } from '../../../src/activities/types.ts';
import type { PublishInput } from '../../../src/activities/window/publish.ts';
import { createMemoryStore } from '../../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../../src/adapters/object-store/object-store.ts';
import { keysOf } from '../../../src/adapters/object-store/put.ts';
import { ledgerRoot, tableRoot } from '../../../src/domain/formats/layout.ts';
import { windowStart } from '../../../src/domain/window.ts';
import { readLedger, readManifest } from '../../../src/lake/ledger.ts';
import { attempted, bringForward, rebuild, runWindow, stagedPart } from '../../integration/run-window.ts';
import { type Clock, clocked, openClock } from '../../support/clocked-store.ts';
import { decorateStore } from '../../support/decorate-store.ts';
import { windowAfter } from '../../support/desk-raw.ts';
import { type MemoryLake, openMemoryLake } from '../../support/memory-lake.ts';
import { notes, writeNotes } from '../../support/notes.ts';

const SOURCE = 'desk';
const HOUR_MS = 3_600_000;
const WINDOW = windowAfter(0);
const CONTRACTS = new Map([[SOURCE, notes({ name: 'plain' })]]);

let clock: Clock;
let store: ObjectStore;
let lake: MemoryLake;
beforeEach(async () => {
  clock = openClock(windowStart(WINDOW) + HOUR_MS);
  store = clocked(createMemoryStore(), clock);
  lake = openMemoryLake(undefined, store);
  await writeNotes(store, WINDOW, ['a 1 fine', 'b 1 fine']);
});
afterEach(() => lake.close());

/** A process that remembers nothing, on this store or on what `wrap` makes of it. */
const born = (wrap?: (own: ObjectStore) => ObjectStore): Promise<Ports> =>
  lake.process({ contracts: CONTRACTS, now: clock.now }, wrap);

interface Ready extends PublishInput {
  readonly revision: number;
  readonly staged: readonly Staged[];
}

/** A run of the window up to its decision, which it could publish now. */
async function decided(activities: EtlActivities): Promise<Ready> {
  const sealed = await activities.sealWindow({ source: SOURCE, window: WINDOW, parked: true });
  const seal = sealed.kind === 'seals' ? sealed.seals[0] : undefined;
  if (seal === undefined) throw new Error('there is nothing to judge');
  return judgedAs(activities, seal, 0);
}

/** The same of a rebuild. */
async function decidedAgain(activities: EtlActivities): Promise<Ready> {
  const plan = await activities.planRebuild({ source: SOURCE, window: WINDOW });
  if (plan.kind !== 'planned') throw new Error(`planRebuild answered ${plan.kind}`);
  return judgedAs(activities, plan.seal, plan.revision);
}

async function judgedAs({ cleanse, dedupe, compress }: EtlActivities, seal: SealRef, revision: number): Promise<Ready> {
  const staged = [stagedPart(await cleanse({ seal, revision, chunk: 0 }))];
  const made = await dedupe({ seal, revision, staged });
  if (made.kind !== 'decided') throw new Error(`dedupe answered ${made.kind}`);
  const compressed = await compress({ decided: made.ref, staged, range: 0 });
  if (compressed.kind === 'stale') throw new Error(compressed.why);
  return { seal, revision, staged, decided: made.ref, compressed: [compressed] };
}

const filesBelow = async (root: string): Promise<readonly string[]> =>
  (await keysOf(store, root)).filter((key) => key.endsWith('.parquet'));

/** What the decisions name is there. */
async function expectWhole(): Promise<void> {
  const ports = await born();
  const { entries } = await readLedger(ports, SOURCE);
  expect(entries).toHaveLength(1);
  const { ledgerFile } = await readManifest(ports, entries.at(0)!);
  expect(await filesBelow(ledgerRoot(SOURCE))).toContain(`${ledgerRoot(SOURCE)}${ledgerFile.path}`);
}

/** A store that lets something happen around the listing of the ledger's files, once. */
const aroundListing = (when: 'before' | 'after', meanwhile: () => Promise<unknown>) => (own: ObjectStore) => ({
  ...own,
  async *list(prefix: string, startAfter?: string) {
    const isTime = prefix === ledgerRoot(SOURCE);
    if (isTime && when === 'before') await meanwhile();
    yield* own.list(prefix, startAfter);
    if (isTime && when === 'after') await meanwhile();
  },
});

test('a sweep leaves a ledger file that a run has put again and published since it was listed', async () => {
  await decided(attempted(await born()));
  clock.ahead(73 * HOUR_MS);
  const again = await born();
  const sweeper = await born(aroundListing('after', () => runWindow(again, { source: SOURCE, window: WINDOW })));
  await attempted(sweeper).sweep({ source: SOURCE, dryRun: false });
  await expectWhole();
});

test('a sweep that sleeps between the ledger and the listing leaves what was published in between', async () => {
  const ports = await born();
  const run = await decided(attempted(ports));
  const sweeper = await born(
    aroundListing('before', async () => {
      expect(await attempted(ports).publish(run)).toMatchObject({ kind: 'published' });
      clock.ahead(73 * HOUR_MS);
    }),
  );
  await attempted(sweeper).sweep({ source: SOURCE, dryRun: false });
  await expectWhole();
});

test.each([
  ['its own ledger file', ledgerRoot(SOURCE)],
  ['a file of a table', tableRoot('notes')],
])('a run that finds %s gone begins again', async (_, root) => {
  const run = await decided(attempted(await born()));
  const [key] = await filesBelow(root);
  await store.remove(key!);
  const activities = attempted(await born());
  expect(await activities.publish(run)).toMatchObject({ kind: 'stale' });
  expect(await activities.publish(await decided(activities))).toMatchObject({ kind: 'published' });
  await expectWhole();
});

test('a compress whose ledger file was swept begins again', async () => {
  const activities = attempted(await born());
  const run = await decided(activities);
  const [key] = await filesBelow(ledgerRoot(SOURCE));
  await store.remove(key!);
  const other = attempted(await born());
  const { decided: ref, staged } = run;
  expect(await other.compress({ decided: ref, staged, range: 0 })).toMatchObject({ kind: 'stale' });
});

/** Every step that a reset may repeat, of a run whose staging was swept long after it was published. */
async function publishedAndSwept(run: Ready): Promise<EtlActivities> {
  const activities = attempted(await born());
  expect(await activities.publish(run)).toMatchObject({ kind: 'published' });
  clock.ahead(73 * HOUR_MS);
  expect((await activities.sweep({ source: SOURCE, dryRun: false })).files).toBeGreaterThan(0);
  expect(await keysOf(store, 'staging/')).toEqual([]);
  return attempted(await born());
}

test('a run that is reset to any of its steps long after it was published finds that it was', async () => {
  const run = await decided(attempted(await born()));
  const { seal, revision, staged, decided: ref } = run;
  const activities = await publishedAndSwept(run);
  const before = await keysOf(store, '');
  expect(await activities.publish(run)).toEqual({ kind: 'alreadyPublished', version: 0 });
  expect(await activities.compress({ decided: ref, staged, range: 0 })).toMatchObject({ kind: 'stale' });
  expect(await activities.dedupe({ seal, revision, staged })).toEqual({ kind: 'alreadyPublished', version: 0 });
  expect(await keysOf(store, '')).toEqual(before);
});

test('a rebuild that is reset long after it was published plans again', async () => {
  await runWindow(await born(), { source: SOURCE, window: WINDOW });
  const run = await decidedAgain(attempted(await born()));
  const { seal, revision, staged } = run;
  const activities = await publishedAndSwept(run);
  expect(await activities.publish(run)).toMatchObject({ kind: 'stale' });
  expect(await activities.dedupe({ seal, revision, staged })).toMatchObject({ kind: 'stale' });
  expect(await activities.cleanse({ seal, revision, chunk: 0 })).toEqual({ kind: 'overtaken', version: -1 });
  expect(await decidedAgain(activities)).toMatchObject({ revision: revision + 1 });
});

test('a publish that sleeps after it has looked for its files does not trust what it saw', async () => {
  const run = await decided(attempted(await born()));
  const sleepy = await born((own) =>
    decorateStore(own, {
      put: (key, perform) => {
        if (key.startsWith('manifests/')) clock.ahead(25 * HOUR_MS);
        return perform();
      },
    }),
  );
  expect(await attempted(sleepy).publish(run)).toMatchObject({ kind: 'stale' });
  const activities = attempted(await born());
  expect(await activities.publish(await decided(activities))).toMatchObject({ kind: 'published' });
});

test('a diff that nobody published leaves nothing after three days, and cannot be published any more; a published one stays', async () => {
  const input = { source: SOURCE, window: WINDOW };
  const ports = await born();
  await runWindow(ports, input);
  const compared = async (): Promise<string> => {
    const outcome = await rebuild(ports, input, 'compare');
    if (outcome.kind !== 'compared') throw new Error(`compare answered ${outcome.kind}`);
    return outcome.ref;
  };
  const published = await compared();
  expect(await rebuild(ports, { ...input, expect: published })).toMatchObject({ kind: 'published' });
  await bringForward(ports, input);
  const before = (await keysOf(store, '')).filter((key) => !key.startsWith('staging/'));
  const discarded = await compared();
  expect(await keysOf(store, 'diffs/')).toEqual([published, discarded].sort());

  clock.ahead(73 * HOUR_MS);
  const later = await born();
  const steps = attempted(later);
  await steps.sweep({ source: SOURCE, dryRun: false });
  const { ref } = await steps.planVacuum({ source: SOURCE });
  if (ref !== undefined) await steps.vacuum({ source: SOURCE, ref });
  // What the vacuum did is a record; the file that the published revision replaced is gone with it.
  const after = (await keysOf(store, '')).filter((key) => !key.startsWith('upkeep/'));
  expect(after.filter((key) => !before.includes(key))).toEqual([]);
  expect(await keysOf(store, 'diffs/')).toEqual([published]);
  await expect(rebuild(later, { ...input, expect: discarded })).rejects.toThrow(
    /The diff is stale: it is not there, or is so old that it was removed/,
  );
});

test('a diff of a window of long ago that nobody published leaves no ledger file, either', async () => {
  const input = { source: SOURCE, window: WINDOW };
  await runWindow(await born(), input);
  clock.ahead(60 * 24 * HOUR_MS);
  const named = await filesBelow(ledgerRoot(SOURCE));
  expect(await rebuild(await born(), input, 'compare')).toMatchObject({ kind: 'compared' });
  expect((await filesBelow(ledgerRoot(SOURCE))).length).toBe(named.length + 1);
  clock.ahead(73 * HOUR_MS);
  await attempted(await born()).sweep({ source: SOURCE, dryRun: false });
  expect(await filesBelow(ledgerRoot(SOURCE))).toEqual(named);
  expect(await keysOf(store, 'staging/')).toEqual([]);
  expect(await keysOf(store, 'diffs/')).toEqual([]);
});
