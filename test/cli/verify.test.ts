/** verify, on a small lake: nothing to find in a sound one, and every object that is altered or removed is found. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { createMemoryStore } from '../../src/adapters/object-store/memory.ts';
import { type Verified, verify } from '../../src/cli/verify.ts';
import { random } from '../support/desk-lines.ts';
import { type SmallLake, fillSmallLake, openSmallLake } from '../support/small-lake.ts';

let lake: SmallLake;
const quiet = (): void => undefined;

beforeAll(async () => {
  lake = await openSmallLake();
  await fillSmallLake(lake);
});
afterAll(() => lake.close());

async function verifyStore(store: ObjectStore, range = {}): Promise<Verified> {
  const { ports, close } = await lake.readers(store);
  try {
    return await verify(ports, [...ports.contracts.values()], range, quiet);
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
    { source: 'desk', entries: 3, seals: 3, counts: { received: 8, enriched: 5, duplicates: 2, quarantined: 1 } },
    { source: 'telegram', entries: 1, counts: { received: 3, enriched: 2, duplicates: 1, quarantined: 0 } },
  ]);
  expect(checked).toMatchObject({ 'raw objects': 4, seals: 4, manifests: 4, 'ledger files': 4, 'verified objects': 4, documents: 7 });
});

test('every object, altered by a bit or removed, is found, but for what verify says it cannot vouch for', async () => {
  const keys: string[] = [];
  for await (const { key } of lake.store.list('')) keys.push(key);
  const next = random(1);
  const missed: string[] = [];
  for (const key of keys) {
    const body = (await lake.store.get(key))!;
    const altered = body.slice();
    altered[Math.floor(next() * body.length)]! ^= 1 << Math.floor(next() * 8);
    for (const [how, bytes] of [['altered', altered], ['removed', undefined]] as const) {
      const broken = await copyOf(lake.store);
      await broken.remove(key);
      if (bytes !== undefined) await broken.put(key, bytes, { ifAbsent: true });
      const { findings, uncovered } = await verifyStore(broken);
      if (findings.length > 0) continue;
      const said = uncovered.some(({ where }) => (where.endsWith('/') ? key.startsWith(where) : key === where));
      if (!said) missed.push(`${how} ${key}`);
    }
  }
  expect(keys.length).toBeGreaterThan(30);
  expect(missed).toEqual([]);
});
