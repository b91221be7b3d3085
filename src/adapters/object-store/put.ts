/**
 * The two ways chatlake writes. Both are safe to repeat after any outcome, by anyone; neither ever deletes.
 * (A conditional put whose answer is lost meets its own object on the retry: apache/iceberg#7151.)
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError, invariant } from '../../domain/errors.ts';
import type { ObjectStore } from './object-store.ts';

const ATTEMPTS = 5;
const FIRST_DELAY_MS = 100;

/** Keeps bytes under a key that holds their SHA-256: what exists there is what we put (perhaps by this call, its answer lost). Throws TransientError after five attempts. */
export function keep(store: ObjectStore, key: string, body: Uint8Array): Promise<'stored' | 'exists'> {
  return attempts(() => store.put(key, body, { ifAbsent: true }));
}

export type PutOnce = { readonly kind: 'mine' } | { readonly kind: 'other'; readonly body: Uint8Array };

/**
 * Puts bytes under a key that only one content may ever have. After "exists", an error or a time-out the key is read back:
 * equal bytes are `mine` (this call's or a twin's), others are `other`. Throws TransientError while the outcome stays unknown.
 */
export async function putOnce(store: ObjectStore, key: string, body: Uint8Array): Promise<PutOnce> {
  return attempts(async () => {
    let failure: unknown;
    try {
      if ((await store.put(key, body, { ifAbsent: true })) === 'stored') return { kind: 'mine' };
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      failure = error;
    }
    const there = await store.get(key);
    if (there === undefined)
      throw failure instanceof Error ? failure : new TransientError(`${key} exists and cannot be read`);
    return Buffer.compare(there, body) === 0 ? { kind: 'mine' } : { kind: 'other', body: there };
  });
}

/** Repeats while the fault is transient, with doubling, jittered pauses. */
export async function attempts<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TransientError) || attempt === ATTEMPTS) throw error;
      await sleep(FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
  }
}

/** The bytes of an object that must be there. Throws InvariantViolation, naming what it is for. */
export async function mustGet(store: ObjectStore, key: string, what: string): Promise<Uint8Array> {
  const bytes = await attempts(() => store.get(key));
  invariant(bytes !== undefined, `${what} is gone from the store: ${key}`);
  return bytes;
}
