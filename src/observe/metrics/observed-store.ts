/** An object store and a document store that are watched: every request by its outcome, none of them changed. */
import { InvariantViolation, SetupError, TransientError } from '../../domain/errors.ts';
import { RAW_PREFIX } from '../../domain/formats/layout.ts';
import type { DocumentStore } from '../../adapters/documents/document-store.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import type { Metrics } from './definitions.ts';

/** The word for a fault in labels. */
export function kindOf(error: unknown): string {
  if (error instanceof TransientError) return 'transient';
  if (error instanceof SetupError) return 'setup';
  return error instanceof InvariantViolation ? 'invariant' : 'other';
}

/** Hears of what can or cannot be written. */
export interface WriteListener {
  readonly landed: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * The same store. `writes` hears the outcome of every put of a raw object: they alone say whether messages can be acknowledged, and
 * what another key refuses is the trouble of the run that asked for it.
 */
export function observedStore(store: ObjectStore, metrics: Metrics, writes: WriteListener): ObjectStore {
  const watch = async <T>(operation: string, work: () => Promise<T>): Promise<T> => {
    const stop = metrics.storeSeconds.startTimer({ operation });
    try {
      const result = await work();
      metrics.storeRequests.inc({ operation, outcome: 'ok' });
      return result;
    } catch (error) {
      metrics.storeRequests.inc({ operation, outcome: kindOf(error) });
      throw error;
    } finally {
      stop();
    }
  };
  async function* watchList<T>(operation: string, list: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* list;
      metrics.storeRequests.inc({ operation, outcome: 'ok' });
    } catch (error) {
      metrics.storeRequests.inc({ operation, outcome: kindOf(error) });
      throw error;
    }
  }
  return {
    name: store.name,
    async put(key, body, options) {
      const heard = key.startsWith(RAW_PREFIX);
      try {
        const outcome = await watch('put', () => store.put(key, body, options));
        if (heard) writes.landed();
        return outcome;
      } catch (error) {
        if (heard) writes.failed(error);
        throw error;
      }
    },
    get: (key) => watch('get', () => store.get(key)),
    head: (key) => watch('head', () => store.head(key)),
    list: (prefix, startAfter) => watchList('list', store.list(prefix, startAfter)),
    folders: (prefix) => watchList('folders', store.folders(prefix)),
    remove: (key) => watch('remove', () => store.remove(key)),
  };
}

/** The same document store, whose failures are counted. */
export function observedDocuments<T extends DocumentStore>(documents: T, metrics: Metrics): T {
  return new Proxy(documents, {
    get(target, name, receiver): unknown {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]): Promise<unknown> => {
        try {
          return (await Reflect.apply(member, target, args)) as unknown;
        } catch (error) {
          metrics.documentsErrors.inc({ kind: kindOf(error) });
          throw error;
        }
      };
    },
  });
}
