/** The object store that tries again by itself: whoever reads or writes sees a transient fault only when it stays. */
import type { ObjectInfo, ObjectStore } from './object-store.ts';
import { type Attempts, attempts } from './attempts.ts';

/**
 * Repeats each call while its fault is transient. A listing that breaks goes on after the last key seen. A conditional put whose answer
 * was lost may meet its own object on the next attempt: that is `exists`, as for anyone's, and the caller compares (put.ts).
 */
export function createRetryingStore(store: ObjectStore, retry: Attempts = attempts): ObjectStore {
  return {
    name: store.name,
    put: (key, body, options) => retry(() => store.put(key, body, options)),
    get: (key) => retry(() => store.get(key)),
    head: (key) => retry(() => store.head(key)),
    remove: (key) => retry(() => store.remove(key)),
    async *list(prefix, startAfter) {
      let last = startAfter;
      yield* resumed(retry, () => {
        const entries = store.list(prefix, last)[Symbol.asyncIterator]();
        return async () => {
          const next = await entries.next();
          if (next.done !== true) last = next.value.key;
          return next;
        };
      });
    },
    async *folders(prefix) {
      // Few names, and no way to go on behind one: collected, then told.
      yield* await retry(async () => {
        const names: string[] = [];
        for await (const name of store.folders(prefix)) names.push(name);
        return names;
      });
    },
  };
}

type Next = () => Promise<IteratorResult<ObjectInfo, unknown>>;

/** The items of a listing that is begun anew, where it stopped, after a transient fault; the attempts count anew with every item. */
async function* resumed(retry: Attempts, begin: () => Next): AsyncGenerator<ObjectInfo> {
  let next: Next | undefined;
  for (;;) {
    const found = await retry(async () => {
      next ??= begin();
      try {
        return await next();
      } catch (error) {
        next = undefined;
        throw error;
      }
    });
    if (found.done === true) return;
    yield found.value;
  }
}
