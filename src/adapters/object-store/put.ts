/**
 * The two ways chatlake writes. Both are safe to repeat after any outcome, by anyone; neither ever deletes.
 * (A conditional put whose answer is lost meets its own object on the retry: apache/iceberg#7151.)
 */
import { ObjectGone, TransientError } from '../../domain/errors.ts';
import type { ObjectStore } from './object-store.ts';

/** Keeps bytes under a key that holds their SHA-256: what exists there is what we put (perhaps by this call, its answer lost). */
export function keep(store: ObjectStore, key: string, body: Uint8Array): Promise<'stored' | 'exists'> {
  return store.put(key, body, { ifAbsent: true });
}

export type PutOnce = { readonly kind: 'mine' } | { readonly kind: 'other'; readonly body: Uint8Array };

/**
 * Puts bytes under a key that only one content may ever have. After "exists", an error or a time-out the key is read back:
 * equal bytes are `mine` (this call's or a twin's), others are `other`. Throws TransientError while the outcome stays unknown.
 */
export async function putOnce(store: ObjectStore, key: string, body: Uint8Array): Promise<PutOnce> {
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
}

/** The bytes of an object that must be there. Throws ObjectGone, naming what it is for. */
export async function mustGet(store: ObjectStore, key: string, what: string): Promise<Uint8Array> {
  const bytes = await store.get(key);
  if (bytes === undefined) throw new ObjectGone(`${what} is gone from the store: ${key}`, key);
  return bytes;
}

/** The keys below a prefix, after `startAfter`. */
export async function keysOf(store: Pick<ObjectStore, 'list'>, prefix: string, startAfter?: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix, startAfter)) keys.push(key);
  return keys;
}
