/** Small JSON objects on the store. */
import { createHash } from 'node:crypto';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { keep, mustGet } from '../adapters/object-store/put.ts';

/** The bytes of a value as one line of JSON. */
export const jsonBytes = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value)}\n`);

/** Keeps a value under the key made of its SHA-256; returns the key. */
export async function keepJson(store: ObjectStore, value: unknown, keyOf: (sha256: string) => string): Promise<string> {
  const body = jsonBytes(value);
  const key = keyOf(createHash('sha256').update(body).digest('hex'));
  await keep(store, key, body);
  return key;
}

/** Reads back what keepJson kept. Throws InvariantViolation, naming `what`, where it is gone. */
export async function readJson<T>(store: ObjectStore, key: string, what: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await mustGet(store, key, what))) as T;
}
