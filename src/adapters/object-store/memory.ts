/** The object store in memory: for tests of what stands on a store. */
import type { ObjectInfo, ObjectStore } from './object-store.ts';

/** An empty store; it lives as long as the value does. */
export function createMemoryStore(): ObjectStore {
  const objects = new Map<string, { readonly body: Uint8Array; readonly modifiedMs: number }>();
  const info = (key: string): ObjectInfo | undefined => {
    const found = objects.get(key);
    return found === undefined ? undefined : { key, bytes: found.body.byteLength, modifiedMs: found.modifiedMs };
  };
  const keys = (prefix: string): string[] => [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  return {
    name: 'memory',
    put: async (key, body, { ifAbsent }) => {
      if (ifAbsent && objects.has(key)) return Promise.resolve('exists');
      // Not slice: of a Buffer that is a view.
      objects.set(key, { body: new Uint8Array(body), modifiedMs: Date.now() });
      return Promise.resolve('stored');
    },
    get: async (key) => Promise.resolve(objects.get(key)?.body.slice()),
    head: async (key) => Promise.resolve(info(key)),
    async *list(prefix, startAfter = '') {
      for (const key of keys(prefix)) {
        const found = info(key);
        if (key > startAfter && found !== undefined) yield await Promise.resolve(found);
      }
    },
    async *folders(prefix) {
      const below = keys(prefix).map((key) => key.slice(prefix.length));
      const folders = new Set(
        below.filter((rest) => rest.includes('/')).map((rest) => rest.slice(0, rest.indexOf('/') + 1)),
      );
      yield* await Promise.resolve([...folders]);
    },
    remove: async (key) => {
      objects.delete(key);
      return Promise.resolve();
    },
  };
}
