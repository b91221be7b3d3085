/** A store is used only when it honours "put if absent". */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createDirectoryStore } from '../../../src/adapters/object-store/directory.ts';
import { createMemoryStore } from '../../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../../src/adapters/object-store/object-store.ts';
import { probeStore } from '../../../src/adapters/object-store/probe.ts';
import { SetupError, TransientError } from '../../../src/domain/errors.ts';
import { openS3Part } from '../../support/stores.ts';

const isEmpty = async (store: ObjectStore): Promise<boolean> =>
  (await store.list('')[Symbol.asyncIterator]().next()).done === true;

test('every store there is passes, and nothing is left behind', async () => {
  const root = mkdtempSync(join(tmpdir(), 'chatlake-probe-'));
  const s3 = openS3Part();
  for (const store of [createMemoryStore(), createDirectoryStore(root), s3.store]) {
    await probeStore(store);
    expect(await isEmpty(store)).toBe(true);
  }
  await s3.close();
  rmSync(root, { recursive: true });
});

test('a store that ignores the condition is refused', async () => {
  const store = createMemoryStore();
  const overwriting: ObjectStore = { ...store, put: (key, body) => store.put(key, body, { ifAbsent: false }) };
  await expect(probeStore(overwriting)).rejects.toThrow(SetupError);
  await expect(probeStore(overwriting)).rejects.toThrow('does not honour "put if absent"');
  expect(await isEmpty(store)).toBe(true);
});

test('a store that looks and then puts, which is no condition, is refused', async () => {
  const store = createMemoryStore();
  const late: ObjectStore = {
    ...store,
    put: async (key, body) =>
      (await store.head(key)) === undefined ? store.put(key, body, { ifAbsent: false }) : 'exists',
  };
  await expect(probeStore(late)).rejects.toThrow(SetupError);
});

test('a store that keeps the first bytes and tells every writer that its own are stored is refused', async () => {
  const store = createMemoryStore();
  const flattering: ObjectStore = {
    ...store,
    put: (key, body) => store.put(key, body, { ifAbsent: true }).then(() => 'stored'),
  };
  await expect(probeStore(flattering)).rejects.toThrow(SetupError);
});

test('a store that says exists and keeps the later bytes all the same is refused', async () => {
  const store = createMemoryStore();
  const lying: ObjectStore = {
    ...store,
    put: async (key, body) => {
      const outcome = await store.put(key, body, { ifAbsent: true });
      await store.put(key, body, { ifAbsent: false });
      return outcome;
    },
  };
  await expect(probeStore(lying)).rejects.toThrow(SetupError);
});

test('a store that cannot be reached or refuses us is told apart from one that ignores the condition', async () => {
  for (const fault of [new TransientError('no connection'), new SetupError('403')]) {
    const fail = () => Promise.reject(fault);
    await expect(probeStore({ ...createMemoryStore(), put: fail, get: fail, remove: fail })).rejects.toBe(fault);
  }
});

test('one lost answer is no reason to refuse a store', async () => {
  const store = createMemoryStore();
  const losing: ObjectStore = {
    ...store,
    put: async (key, body, options) => {
      const outcome = await store.put(key, body, options);
      if (outcome === 'stored') throw new TransientError('no answer');
      return outcome;
    },
  };
  await probeStore(losing);
});
