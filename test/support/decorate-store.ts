/** A store that lets a test step in around its reads and writes: to fail them, to hold them, to end the process. */
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';

export interface StoreHooks {
  /** In place of a put; `perform` does it. */
  readonly put?: (key: string, perform: () => Promise<'stored' | 'exists'>) => Promise<'stored' | 'exists'>;
  /** In place of a get; `perform` does it. */
  readonly get?: (key: string, perform: () => Promise<Uint8Array | undefined>) => Promise<Uint8Array | undefined>;
}

/** The same store behind the hooks. */
export const decorateStore = (store: ObjectStore, { put, get }: StoreHooks): ObjectStore => ({
  ...store,
  put: (key, body, options) => {
    const perform = () => store.put(key, body, options);
    return put === undefined ? perform() : put(key, perform);
  },
  get: (key) => {
    const perform = () => store.get(key);
    return get === undefined ? perform() : get(key, perform);
  },
});
