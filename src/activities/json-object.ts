/** Small JSON objects that are content-addressed: lists under staging/, manifests. */
import { createHash } from 'node:crypto';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { keep, mustGet } from '../adapters/object-store/put.ts';

/** Keeps a value under the key made of its SHA-256; returns the key. */
export async function keepJson(store: ObjectStore, value: unknown, keyOf: (sha256: string) => string): Promise<string> {
  const body = new TextEncoder().encode(JSON.stringify(value));
  const key = keyOf(createHash('sha256').update(body).digest('hex'));
  await keep(store, key, body);
  return key;
}

/** Reads back what keepJson kept. */
export async function readJson<T>(store: ObjectStore, key: string, what: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await mustGet(store, key, what))) as T;
}
