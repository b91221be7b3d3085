/** Content-addressed objects on the local disk: fetched once, checked against the SHA-256 in their key; dropping them changes speed only. */
import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TransientError, invariant } from '../../domain/errors.ts';
import { sha256OfKey } from '../../domain/layout.ts';
import type { ObjectStore } from './object-store.ts';
import { attempts, mustGet } from './put.ts';

export interface LocalCache {
  /** A path below `folder` that holds the object's bytes, checked. Throws InvariantViolation when the object is gone or altered. */
  fetch(key: string, folder: string, what: string): Promise<string>;
  /** Remembers a local file under the key it was kept as. */
  remember(key: string, path: string): Promise<void>;
  /** Runs `work` with a folder of its own, removed afterwards. */
  withScratch<T>(work: (folder: string) => Promise<T>): Promise<T>;
}

/** A cache below `root` that keeps at most about `maxBytes`, least recently used first out. */
export async function createLocalCache(store: ObjectStore, root: string, maxBytes: number): Promise<LocalCache> {
  const objects = join(root, 'objects');
  const scratch = join(root, 'scratch');
  await mkdir(objects, { recursive: true, mode: 0o700 });
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  let sinceEviction = 0;

  const pathOf = (key: string): string => join(objects, createHash('sha256').update(key).digest('hex'));

  async function make(key: string, what: string): Promise<string> {
    const path = pathOf(key);
    const expected = sha256OfKey(key);
    invariant(expected !== undefined, `${key} is not content-addressed`);
    const body = await mustGet(store, key, what);
    const actual = createHash('sha256').update(body).digest('hex');
    if (actual !== expected)
      throw new TransientError(`${what}: the bytes of ${key} do not have its SHA-256 (read ${body.byteLength} bytes)`);
    const temporary = join(objects, `${randomUUID()}.part`);
    await writeFile(temporary, body, { mode: 0o600 });
    await rename(temporary, path);
    await grow(body.byteLength);
    return path;
  }

  /** Evicts when a tenth of the room was added since the last time. */
  async function grow(bytes: number): Promise<void> {
    sinceEviction += bytes;
    if (sinceEviction < maxBytes / 10) return;
    sinceEviction = 0;
    const files = await Promise.all(
      (await readdir(objects)).map(async (name) => {
        const path = join(objects, name);
        const found = await stat(path).catch(() => undefined);
        return { path, size: found?.size ?? 0, used: found?.mtimeMs ?? 0 };
      }),
    );
    let total = files.reduce((sum, file) => sum + file.size, 0);
    for (const file of files.sort((a, b) => a.used - b.used)) {
      if (total <= maxBytes) break;
      await rm(file.path, { force: true });
      total -= file.size;
    }
  }

  return {
    async fetch(key, folder, what) {
      const own = join(folder, `${randomUUID()}-${basename(key)}`);
      return attempts(async () => {
        const now = new Date();
        const cached = await utimes(pathOf(key), now, now).then(
          () => true,
          () => false,
        );
        if (!cached) await make(key, what);
        // A hard link of the job's own: an eviction in between takes the name, never the bytes.
        await link(pathOf(key), own).catch((error: unknown) => {
          throw new TransientError(`the local copy of ${key} went away`, { cause: error });
        });
        return own;
      });
    },
    async remember(key, path) {
      await link(path, pathOf(key)).catch(() => undefined);
      await grow((await stat(path)).size);
    },
    async withScratch(work) {
      const folder = await mkdtemp(join(scratch, 'job-'));
      try {
        return await work(folder);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}
