/** The order in which one message's walk touches the world: what has to be durable before what. No server, some tenths of a second. */
import { afterAll, expect, test } from '@jest/globals';
import type { ObjectStore } from '../src/adapters/object-store/object-store.ts';
import { runWindow } from './integration/run-window.ts';
import { windowAfter, writeDesk } from './support/desk-raw.ts';
import { openMemoryLake } from './support/memory-lake.ts';

const lake = openMemoryLake();
afterAll(() => lake.close());

/** Keys without what differs from run to run. */
const shape = (key: string): string =>
  key
    .replace(/[0-9a-f]{64}/g, '<sha>')
    .replace(/\d{20}/g, '<version>')
    .replace(/\d{13}/g, '<ms>')
    .replace(/\d+-<sha>\.ndjson/, '<size>-<sha>.ndjson')
    .replace(/\/date=[^/]+\/hour=\d+/, '/<hour>');

test('one message: every effect, in the order in which it becomes durable', async () => {
  const effects: string[] = [];
  const lists: string[] = [];
  const watched = (store: ObjectStore): ObjectStore => ({
    ...store,
    put: async (key, body, options) => {
      const outcome = await store.put(key, body, options);
      if (outcome === 'stored') effects.push(shape(key));
      return outcome;
    },
    list: (prefix, startAfter) => {
      lists.push(prefix);
      return store.list(prefix, startAfter);
    },
  });
  const { documents } = lake;
  const told: typeof documents = {
    ...documents,
    write: async (...given) => {
      effects.push('documents written');
      return documents.write(...given);
    },
    advance: async (source, from, version) => {
      effects.push(`documents at ${version}`);
      return documents.advance(source, from, version);
    },
  };
  const ports = await lake.process({ documents: told }, watched);
  const window = windowAfter(0);
  await writeDesk(ports.store, window, ['a']);
  const [outcome] = await runWindow(ports, { source: 'desk', window });
  expect(outcome?.kind).toBe('published');
  const run = 'desk-2026-01-01T00-g0001-r0';
  expect(effects).toEqual([
    'raw/source=desk/<hour>/<ms>-1-<size>-<sha>.ndjson.gz',
    'seals/source=desk/<hour>/g0001.json',
    `staging/${run}/cleanse-00000-<sha>.parquet`,
    `ledger/desk/${run}-<sha>.parquet`,
    `staging/${run}/dedupe-00000-<sha>.json`,
    `tables/desk_interactions/${run}-0000-<sha>.parquet`,
    `staging/${run}/compress-00000-<sha>.json`,
    'meta/tables/desk/desk_interactions/000001-<sha>.json',
    'manifests/<sha>.json',
    // The decision: what is above is nothing without it, what is below follows from it.
    'ledger/desk/_delta_log/<version>.json',
    'tables/desk_interactions/_delta_log/<version>.json',
    'reports/desk_service/<version>-<sha>.json',
    'documents written',
    'documents at 0',
    'verified/desk/<version>.json',
  ]);
  expect(lists.filter((prefix) => prefix === 'ledger/desk/_delta_log/').length).toBeLessThanOrEqual(4);
});
