/** Keeping local files on the store under content-addressed keys. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ObjectInfo } from '../adapters/object-store/object-store.ts';
import { keep } from '../adapters/object-store/put.ts';
import type { Lake } from './lake.ts';

/** `publish` takes younger files only: one that nobody names may be vacuumed after 72 h, and a run that took longer starts over instead of racing it. */
export const MAX_FILE_AGE_MS = 24 * 3_600_000;
const RENEW_AFTER_MS = 12 * 3_600_000;

/**
 * How long a file that was put, or seen to be young, may wait for the entry that names it. With its age by then, far less than upkeep
 * leaves alone what nobody names: a process that was put to sleep in between never names a file that is gone.
 */
export const NAMED_WITHIN_MS = 24 * 3_600_000;

export interface KeptFile {
  readonly key: string;
  readonly bytes: number;
}

/**
 * Puts a whole file; the store checks its SHA-256. What an earlier run left there is put again when it has grown old, so that
 * a vacuum takes it for new. The local copy stays known to the cache.
 */
export async function keepFile(
  lake: Pick<Lake, 'store' | 'cache' | 'now'>,
  path: string,
  keyOf: (sha256: string) => string,
): Promise<KeptFile> {
  const body = await readFile(path);
  const key = keyOf(createHash('sha256').update(body).digest('hex'));
  if ((await keep(lake.store, key, body)) === 'exists') await renew(lake, key, body);
  await lake.cache.remember(key, path);
  return { key, bytes: body.byteLength };
}

async function renew(lake: Pick<Lake, 'store' | 'now'>, key: string, body: Uint8Array): Promise<void> {
  const found = await lake.store.head(key);
  if (found !== undefined && lake.now() - found.modifiedMs <= RENEW_AFTER_MS) return;
  await lake.store.put(key, body, { ifAbsent: false });
}

/** Listings and heads of one store may round the same time to other fractions of a second. */
const ROUNDING_MS = 1_000;

/** True where an object was put again after it was listed: a run that takes it for its own is about to publish it, so nobody may remove it. */
export const wasRenewed = (listed: Pick<ObjectInfo, 'modifiedMs'>, found: Pick<ObjectInfo, 'modifiedMs'>): boolean =>
  found.modifiedMs > listed.modifiedMs + ROUNDING_MS;

/** Local copies of objects, in their order. */
export async function fetchAll(
  lake: Pick<Lake, 'cache'>,
  keys: readonly string[],
  scratch: string,
  what: string,
): Promise<readonly string[]> {
  return Promise.all(keys.map((key) => lake.cache.fetch(key, scratch, what)));
}
