/** verify, on a small lake: nothing to find in a sound one, and every object that is altered or removed is found. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { type Verified, verify } from '../../src/cli/verify.ts';
import { sentence } from '../../src/cli/verify/findings.ts';
import { tableRoot } from '../../src/domain/formats/layout.ts';
import { windowStart } from '../../src/domain/window.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import type { Readers } from '../../src/wiring/ports.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { alterObjects, copyOf, openFullLake, verifyStore as verified } from '../faults/altered-objects.ts';
import type { SmallLake } from '../support/small-lake.ts';

let lake: SmallLake;
const quiet = (): void => undefined;
const verifyStore = (store: ObjectStore, range = {}): Promise<Verified> => verified(lake, store, range);

beforeAll(async () => {
  lake = await openFullLake();
}, 120_000);
afterAll(() => lake.close());

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

test('an object of each kind, altered by a bit or removed, is found, but for what verify says it cannot vouch for', async () => {
  const { trials, missed } = await alterObjects(lake, { all: false, seed: 1 });
  expect(trials).toBeGreaterThan(10);
  expect(missed).toEqual([]);
  expect((await verifyStore(lake.store)).findings).toEqual([]);
}, 600_000);

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
