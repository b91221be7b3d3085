/** The objects read last, by store and key: for what never changes once it is there. */
import type { ObjectStore } from '../adapters/object-store/object-store.ts';

/** Reads through a memory of at most `most` objects per store, least recently used out first. What fails is not remembered. */
export function recent<T>(most: number) {
  const memories = new WeakMap<ObjectStore, Map<string, T>>();
  return async (store: ObjectStore, key: string, read: () => Promise<T>): Promise<T> => {
    const known = memories.get(store) ?? new Map<string, T>();
    memories.set(store, known);
    const found = known.get(key) ?? (await read());
    known.delete(key);
    known.set(key, found);
    for (const oldest of known.keys()) {
      if (known.size <= most) break;
      known.delete(oldest);
    }
    return found;
  };
}
