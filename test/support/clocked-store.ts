/** A clock of tests that a store shares with the processes on it. */
import type { ObjectInfo, ObjectStore } from '../../src/adapters/object-store/object-store.ts';

export interface Clock {
  now(): number;
  /** Time goes by, once no request that changes something is on its way: it would have timed out. */
  ahead(ms: number): void;
  /** Such a request. */
  during<T>(request: () => Promise<T>): Promise<T>;
}

/** A clock that everybody reads; it is never the same twice. */
export function openClock(startMs: number): Clock {
  let now = startMs;
  let due = 0;
  let requests = 0;
  const go = (): void => {
    if (requests > 0) return;
    now += due;
    due = 0;
  };
  return {
    now: () => (now += 1),
    ahead(ms) {
      due += ms;
      go();
    },
    async during(request) {
      requests += 1;
      try {
        return await request();
      } finally {
        requests -= 1;
        go();
      }
    },
  };
}

/** The store with this clock as its own. */
export function clocked(store: ObjectStore, clock: Clock): ObjectStore {
  const times = new Map<string, number>();
  const timed = (info: ObjectInfo): ObjectInfo => ({ ...info, modifiedMs: times.get(info.key) ?? info.modifiedMs });
  return {
    ...store,
    async put(key, body, options) {
      const outcome = await store.put(key, body, options);
      if (outcome === 'stored') times.set(key, clock.now());
      return outcome;
    },
    async head(key) {
      const found = await store.head(key);
      return found && timed(found);
    },
    async *list(prefix, startAfter) {
      for await (const info of store.list(prefix, startAfter)) yield timed(info);
    },
  };
}
