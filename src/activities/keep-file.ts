/** Keeping local files on the store under content-addressed keys. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { attempts, keep } from '../adapters/object-store/put.ts';
import type { Ports } from './ports.ts';

/** `publish` takes files younger than a day. */
const RENEW_AFTER_MS = 12 * 3_600_000;

export interface KeptFile {
  readonly key: string;
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * Puts a whole file; the store checks its SHA-256. What an earlier run left there is put again when it has grown old, so that
 * a vacuum takes it for new. The local copy stays known to the cache.
 */
export async function keepFile(
  ports: Pick<Ports, 'store' | 'cache' | 'now'>,
  path: string,
  keyOf: (sha256: string) => string,
): Promise<KeptFile> {
  const body = await readFile(path);
  const sha256 = createHash('sha256').update(body).digest('hex');
  const key = keyOf(sha256);
  if ((await keep(ports.store, key, body)) === 'exists') await renew(ports, key, body);
  await ports.cache.remember(key, path);
  return { key, sha256, bytes: body.byteLength };
}

async function renew(ports: Pick<Ports, 'store' | 'now'>, key: string, body: Uint8Array): Promise<void> {
  const found = await attempts(() => ports.store.head(key));
  if (found !== undefined && ports.now() - found.modifiedMs <= RENEW_AFTER_MS) return;
  await attempts(() => ports.store.put(key, body, { ifAbsent: false }));
}
