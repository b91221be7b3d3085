/** Keeping local files on the store under content-addressed keys. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { keep } from '../adapters/object-store/put.ts';
import type { Ports } from './ports.ts';

export interface KeptFile {
  readonly key: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Puts a whole file; the store checks its SHA-256. The local copy stays known to the cache. */
export async function keepFile(
  ports: Pick<Ports, 'store' | 'cache'>,
  path: string,
  keyOf: (sha256: string) => string,
): Promise<KeptFile> {
  const body = await readFile(path);
  const sha256 = createHash('sha256').update(body).digest('hex');
  const key = keyOf(sha256);
  await keep(ports.store, key, body);
  await ports.cache.remember(key, path);
  return { key, sha256, bytes: body.byteLength };
}
