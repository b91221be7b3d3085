/** The store that tries again: faults that pass are seen by nobody, those that stay by everybody, and no listing skips or repeats a key. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { attempts } from '../../../src/adapters/object-store/attempts.ts';
import { createMemoryStore } from '../../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../../src/adapters/object-store/object-store.ts';
import { keysOf, putOnce } from '../../../src/adapters/object-store/put.ts';
import { createRetryingStore } from '../../../src/adapters/object-store/retrying.ts';
import { SetupError, TransientError } from '../../../src/domain/errors.ts';
import { describeObjectStore } from './conformance.ts';
import { triesAtOnce } from './tries.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const TRIES = 3;
const retrying = (store: ObjectStore): ObjectStore => createRetryingStore(store, triesAtOnce(TRIES));

/** A store of which every call fails as often as `fault` says, before it does anything; listings fail before each of their items. */
function failing(inner: ObjectStore, fault: () => Error | undefined): ObjectStore {
  const check = (): void => {
    const error = fault();
    if (error !== undefined) throw error;
  };
  const all = async function* <T>(items: AsyncIterable<T>): AsyncIterable<T> {
    check();
    for await (const item of items) {
      yield item;
      check();
    }
  };
  return {
    name: 'failing',
    put: async (...args) => (check(), inner.put(...args)),
    get: async (key) => (check(), inner.get(key)),
    head: async (key) => (check(), inner.head(key)),
    remove: async (key) => (check(), inner.remove(key)),
    list: (prefix, startAfter) => all(inner.list(prefix, startAfter)),
    folders: (prefix) => all(inner.folders(prefix)),
  };
}

/** Every seventh call fails, whosever it is. */
function everySeventh(): () => Error | undefined {
  let calls = 0;
  return () => ((calls += 1) % 7 === 1 ? new TransientError('no answer') : undefined);
}

describeObjectStore('retrying, over one of which every seventh call fails', () => ({
  store: createRetryingStore(failing(createMemoryStore(), everySeventh()), triesAtOnce(50)),
  close: () => Promise.resolve(),
}));

const calls: readonly (readonly [string, (store: ObjectStore) => Promise<unknown>])[] = [
  ['put', (store) => store.put('a/k', bytes('x'), { ifAbsent: true })],
  ['get', (store) => store.get('a/k')],
  ['head', (store) => store.head('a/k')],
  ['remove', (store) => store.remove('a/k')],
  ['list', (store) => keysOf(store, 'a/')],
  [
    'folders',
    async (store) => {
      const names: string[] = [];
      for await (const name of store.folders('')) names.push(name);
      return names;
    },
  ],
];

describe.each(calls)('%s', (_name, call) => {
  test('is tried as often as it may be, then tells the last fault', async () => {
    let tried = 0;
    const store = failing(createMemoryStore(), () => new TransientError(`fault ${(tried += 1)}`));
    await expect(call(retrying(store))).rejects.toThrow(new TransientError(`fault ${TRIES}`));
    expect(tried).toBe(TRIES);
  });

  test('is not tried again for what needs an operator', async () => {
    let tried = 0;
    const store = failing(createMemoryStore(), () => ((tried += 1), new SetupError('403')));
    await expect(call(retrying(store))).rejects.toThrow(SetupError);
    expect(tried).toBe(1);
  });
});

describe('a listing that breaks', () => {
  const KEYS = Array.from({ length: 20 }, (_, n) => `k/${String(n).padStart(2, '0')}`);
  const filled = async (): Promise<ObjectStore> => {
    const store = createMemoryStore();
    for (const key of KEYS) await store.put(key, bytes(key), { ifAbsent: true });
    return store;
  };

  test('goes on behind the last key, wherever and however often it breaks: none twice, none left out', async () => {
    const inner = await filled();
    const plan = fc.array(fc.boolean(), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(plan, fc.constantFrom(undefined, 'k/07', 'k/0z'), async (faults, startAfter) => {
        let asked = 0;
        let inARow = 0;
        const fault = (): Error | undefined => {
          const fails = (faults[(asked += 1)] ?? false) && inARow < TRIES - 1;
          inARow = fails ? inARow + 1 : 0;
          return fails ? new TransientError('cut') : undefined;
        };
        const found = await keysOf(retrying(failing(inner, fault)), 'k/', startAfter);
        expect(found).toEqual(KEYS.filter((key) => key > (startAfter ?? '')));
      }),
    );
  });

  test('asks anew from where it stopped, not from the beginning', async () => {
    const inner = await filled();
    const starts: (string | undefined)[] = [];
    let items = 0;
    const store: ObjectStore = {
      ...inner,
      async *list(prefix, startAfter) {
        starts.push(startAfter);
        for await (const item of inner.list(prefix, startAfter)) {
          if ((items += 1) === 6) throw new TransientError('cut');
          yield item;
        }
      },
    };
    expect(await keysOf(retrying(store), 'k/')).toEqual(KEYS);
    expect(starts).toEqual([undefined, 'k/04']);
  });

  test('that never gets on ends in its fault, with what it gave before', async () => {
    const inner = await filled();
    const store: ObjectStore = {
      ...inner,
      async *list(prefix, startAfter) {
        for await (const item of inner.list(prefix, startAfter)) {
          if (item.key > 'k/02') throw new TransientError('always here');
          yield item;
        }
      },
    };
    const seen: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const { key } of retrying(store).list('k/')) seen.push(key);
    };
    await expect(reading()).rejects.toThrow('always here');
    expect(seen).toEqual(['k/00', 'k/01', 'k/02']);
  });

  test('may be left early', async () => {
    for await (const { key } of retrying(await filled()).list('k/')) {
      expect(key).toBe('k/00');
      break;
    }
  });
});

test('a conditional put whose answer was lost meets its own object: exists, and whoever compares finds it is mine', async () => {
  const inner = createMemoryStore();
  let puts = 0;
  const store: ObjectStore = {
    ...inner,
    put: async (...args) => {
      const outcome = await inner.put(...args);
      if ((puts += 1) % 2 === 1) throw new TransientError('the answer was lost');
      return outcome;
    },
  };
  expect(await retrying(store).put('a', bytes('x'), { ifAbsent: true })).toBe('exists');
  expect(await putOnce(retrying(store), 'b', bytes('x'))).toEqual({ kind: 'mine' });
  expect(await putOnce(retrying(store), 'b', bytes('y'))).toEqual({ kind: 'other', body: bytes('x') });
});

test('by itself it tries five times in all, with a pause before each', async () => {
  let tried = 0;
  const started = performance.now();
  const work = () => Promise.reject(new TransientError(`fault ${(tried += 1)}`));
  await expect(attempts(work)).rejects.toThrow('fault 5');
  expect(tried).toBe(5);
  // 100 + 200 + 400 + 800 ms, each between half and one and a half of it.
  expect(performance.now() - started).toBeGreaterThan(700);
});
