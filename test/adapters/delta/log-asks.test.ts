/** What a Delta log asks of the store, whom it tells, and how it commits. */
import { describe, expect, test } from '@jest/globals';
import { deltaLogs, openDeltaLog } from '../../../src/adapters/delta/log.ts';
import { createMemoryStore } from '../../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../../src/adapters/object-store/object-store.ts';
import { type DeltaAction, type DeltaState, logName } from '../../../src/domain/formats/delta.ts';
import { InvariantViolation, TransientError } from '../../../src/domain/errors.ts';
import { decorateStore } from '../../support/decorate-store.ts';

const add = (path: string): DeltaAction => ({
  add: { path, partitionValues: {}, size: 1, modificationTime: 0, dataChange: true, stats: '{}' },
});
const remove = (path: string): DeltaAction => ({ remove: { path, deletionTimestamp: 0, dataChange: true } });
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** A memory store that counts what is asked of it. */
function counted() {
  const inner = createMemoryStore();
  const asked = { lists: 0, gets: 0, puts: 0 };
  const store: ObjectStore = {
    ...inner,
    put: (...args) => ((asked.puts += 1), inner.put(...args)),
    get: (key) => ((asked.gets += 1), inner.get(key)),
    list: (...args) => ((asked.lists += 1), inner.list(...args)),
  };
  return { store, asked, inner };
}
/** A log of `n` entries, each of one file, on a store that counts. */
async function filled(n: number) {
  const { store, asked, inner } = counted();
  const writer = openDeltaLog(inner, 'x/');
  for (const version of upTo(n)) await writer.append(version, [add(`f${version}`)]);
  return { store, asked, inner, writer };
}

describe('who listens', () => {
  test('is told of every entry once, in order, with the state it leads to, whoever wrote it and whoever asks', async () => {
    const { store, writer } = await filled(20);
    const log = openDeltaLog(store, 'x/');
    const told: number[] = [];
    const heads: number[] = [];
    log.listen((entries, state) => {
      told.push(...entries.map(({ version }) => version));
      heads.push(state.version);
      expect(state.version).toBe(entries.at(-1)!.version);
      expect(state.files.size).toBe(state.version + 1);
    });
    await Promise.all(upTo(5).map(() => log.refresh()));
    expect(await log.append(20, [add('f20')])).toBe('mine');
    await writer.refresh();
    await writer.append(21, [add('f21')]);
    await Promise.all([log.refresh(), log.atLeast(21), log.commit(() => Promise.resolve([add('f22')]), 3)]);
    await log.refresh();
    expect(told).toEqual(upTo(23));
    expect(heads).toEqual([...heads].sort((a, b) => a - b));
  });

  test('and cannot take an entry stops the reading there, and is told of it again', async () => {
    const { store } = await filled(40);
    const log = openDeltaLog(store, 'x/');
    const told: number[] = [];
    let refuses = true;
    log.listen((entries) => {
      if (refuses && entries.some(({ version }) => version >= 20)) throw new InvariantViolation('not this one');
      told.push(...entries.map(({ version }) => version));
    });
    await expect(log.refresh()).rejects.toThrow('not this one');
    const known = log.known().version;
    expect(known).toBe(told.at(-1));
    expect(known).toBeLessThan(20);
    refuses = false;
    expect((await log.refresh()).version).toBe(39);
    expect(told).toEqual(upTo(40));
  });

  test('is not told of entries below the state that the log was started from', async () => {
    const { store, asked, writer } = await filled(30);
    const log = openDeltaLog(store, 'x/');
    const told: number[] = [];
    log.listen((entries) => told.push(...entries.map(({ version }) => version)));
    log.startFrom(await writer.refresh());
    await writer.append(30, [add('f30')]);
    expect((await log.refresh()).files.size).toBe(31);
    expect([told, asked.gets]).toEqual([[30], 1]);
    log.startFrom({ ...log.known(), version: 3 });
    expect((await log.refresh()).version).toBe(30);
  });
});

describe('what is asked of the store', () => {
  test('an append that is mine reads and lists nothing, and the log knows it', async () => {
    const { store, asked } = counted();
    const log = openDeltaLog(store, 'x/');
    await log.refresh();
    const before = { ...asked };
    for (const version of upTo(10)) await log.append(version, [add(`f${version}`)]);
    expect(asked).toEqual({ ...before, puts: before.puts + 10 });
    expect([log.known().version, log.known().files.size]).toEqual([9, 10]);
  });

  test('atLeast asks where less is known, and nowhere else', async () => {
    const { store, asked, writer } = await filled(5);
    const log = openDeltaLog(store, 'x/');
    expect(log.known().version).toBe(-1);
    expect((await log.atLeast(-1)).version).toBe(4);
    const { lists } = asked;
    expect((await log.atLeast(4)).version).toBe(4);
    expect((await log.atLeast(2)).version).toBe(4);
    expect(asked.lists).toBe(lists);
    await writer.append(5, [add('f5')]);
    expect((await log.atLeast(4)).version).toBe(4);
    expect((await log.atLeast(5)).version).toBe(5);
    expect(asked.lists).toBe(lists + 1);
    // What is not there yet is asked for each time, and is no error.
    expect((await log.atLeast(9)).version).toBe(5);
  });

  test('who asks while another reads does not miss what came after that one began', async () => {
    const { inner, writer } = await filled(1);
    let listed = (): void => undefined;
    const store: ObjectStore = {
      ...inner,
      async *list(...args) {
        const keys = [];
        for await (const key of inner.list(...args)) keys.push(key);
        listed();
        yield* keys;
      },
    };
    const log = openDeltaLog(store, 'x/');
    const begun = new Promise<void>((resolve) => (listed = resolve));
    const first = log.refresh();
    await begun;
    await writer.append(1, [add('f1')]);
    const second = log.refresh();
    expect((await first).version).toBe(0);
    expect((await second).version).toBe(1);
  });

  test('a log keeps no entries: what it holds of many is their state', async () => {
    const { store, writer } = await filled(1);
    const weak: WeakRef<object>[] = [];
    const log = openDeltaLog(store, 'x/');
    log.listen((entries) => weak.push(...entries.map((entry) => new WeakRef(entry))));
    for (const version of upTo(50)) await writer.append(version + 1, [remove(`f${version}`), add(`f${version + 1}`)]);
    expect((await log.refresh()).files.size).toBe(1);
    expect(Object.keys(log)).not.toContain('entries');
    expect(weak).toHaveLength(51);
  });
});

describe('commit', () => {
  test('plans again where another entry got in, up to its bound, and then says so', async () => {
    const { store, asked, writer } = await filled(1);
    const log = openDeltaLog(store, 'x/');
    const seen: number[] = [];
    const beaten = async ({ version }: { readonly version: number }) => {
      seen.push(version);
      await writer.refresh();
      await writer.append(version + 1, [add(`theirs ${version + 1}`)]);
      return [add('mine')];
    };
    expect(await log.commit(beaten, 3)).toBeUndefined();
    expect(seen).toEqual([0, 1, 2]);
    expect(asked.puts).toBe(3);
    const once = async (state: { readonly version: number }) => (state.version < 4 ? beaten(state) : [add('mine')]);
    expect(await log.commit(once, 3)).toBe(5);
    expect((await log.refresh()).files.has('mine')).toBe(true);
  });

  test('appends nothing where the plan no longer holds', async () => {
    const { store, asked } = await filled(3);
    const log = openDeltaLog(store, 'x/');
    expect(await log.commit(() => Promise.resolve(undefined), 3)).toBeUndefined();
    expect(asked.puts).toBe(0);
  });

  test('tells what the plan throws, and appends nothing', async () => {
    const { store, asked } = await filled(3);
    const log = openDeltaLog(store, 'x/');
    await expect(log.commit(() => Promise.reject(new InvariantViolation('no')), 3)).rejects.toThrow('no');
    expect(asked.puts).toBe(0);
  });

  test('whose answer was lost is found to be there', async () => {
    let lost = false;
    const store = decorateStore(createMemoryStore(), {
      put: async (_key, perform) => {
        const outcome = await perform();
        if (!lost) {
          lost = true;
          throw new TransientError('no answer');
        }
        return outcome;
      },
    });
    expect(await openDeltaLog(store, 'x/').commit(() => Promise.resolve([add('a')]), 1)).toBe(0);
  });
});

describe('a table’s log', () => {
  const checkpoint = async (store: ObjectStore, root: string, version: number) => {
    const states: DeltaState[] = [];
    const log = openDeltaLog(store, root);
    log.listen((_entries, state) => void states.push(state));
    for (let at = 0; at <= version; at += 1) await log.append(at, [add(`f${at}`)]);
    return states[version]!;
  };

  test('starts from its newest checkpoint, and a ledger’s does not', async () => {
    const { store, asked, inner } = counted();
    const state = await checkpoint(inner, 'tables/t/', 20);
    await checkpoint(inner, 'ledger/desk/', 20);
    const logs = deltaLogs(store, { newest: () => Promise.resolve(state) });
    expect((await logs('tables/t/').refresh()).files.size).toBe(21);
    expect(asked.gets).toBe(0);
    expect((await logs('ledger/desk/').refresh()).files.size).toBe(21);
    expect(asked.gets).toBe(21);
  });

  test('that was asleep while entries were cleaned up leaps to a checkpoint beyond them', async () => {
    const store = createMemoryStore();
    const newest: DeltaState[] = [];
    const log = openDeltaLog(store, 'tables/t/', () => Promise.resolve(newest.at(-1)));
    const writer = openDeltaLog(store, 'tables/t/');
    for (const version of upTo(3)) await writer.append(version, [add(`f${version}`)]);
    expect((await log.refresh()).version).toBe(2);
    for (const version of [3, 4, 5, 6]) await writer.append(version, [add(`f${version}`)]);
    newest.push(writer.known());
    await writer.append(7, [add('f7')]);
    for (const version of upTo(6)) await store.remove(`tables/t/${logName(version)}`);
    expect((await log.refresh()).files.size).toBe(8);
  });
});
