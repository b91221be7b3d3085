/** Content-addressed objects on the local disk: fetched once, checked against the SHA-256 in their key; dropping them changes speed only. */
import { createHash, randomUUID } from 'node:crypto';
import { link, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { invariant } from '../../domain/errors.ts';
import { RAW_PREFIX, sha256OfKey } from '../../domain/formats/layout.ts';
import type { ObjectStore } from './object-store.ts';
import { ownFolder } from './own-folder.ts';
import { mustGet } from './put.ts';

const ABANDONED_MS = 24 * 3_600_000;
/** Tells this process from an earlier one of the same id: in a container both are 1. */
const OWN = randomUUID().slice(0, 8);

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
  for (const folder of [root, objects, scratch]) await ownFolder(folder);
  await sweep(scratch);
  let sinceEviction = 0;
  /** Copies that this process has made or checked. */
  const sound = new Set<string>();

  const pathOf = (key: string): string => join(objects, sha256(key));

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
      sound.delete(file.path);
      total -= file.size;
    }
  }

  async function remember(key: string, path: string): Promise<void> {
    const copy = pathOf(key);
    await link(path, copy).then(
      () => sound.add(copy),
      () => undefined,
    );
    await grow((await stat(path)).size);
  }

  /** Links the copy there is to `own`; false when there is none, or one that a crash of the machine has cut. */
  async function recall(key: string, own: string): Promise<boolean> {
    const copy = pathOf(key);
    const now = new Date();
    try {
      await utimes(copy, now, now);
      // A hard link of the job's own: an eviction in between takes the name, never the bytes.
      await link(copy, own);
    } catch {
      return false;
    }
    if (!sound.has(copy) && sha256(await readFile(own)) !== sha256OfKey(key)) {
      await rm(own);
      await rm(copy, { force: true });
      return false;
    }
    sound.add(copy);
    return true;
  }

  return {
    async fetch(key, folder, what) {
      const own = join(folder, `${randomUUID()}-${basename(key)}`);
      if (!(await recall(key, own))) {
        await writeFile(own, await read(store, key, what), { mode: 0o600 });
        // Raw is people's data in clear: it lies here no longer than the job that reads it.
        if (!key.startsWith(RAW_PREFIX)) await remember(key, own);
      }
      return own;
    },
    remember,
    async withScratch(work) {
      const folder = await mkdtemp(join(scratch, `job-${process.pid}-${OWN}-`));
      try {
        return await work(folder);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Removes what killed jobs of this machine left, and what is as old as no job becomes. */
async function sweep(scratch: string): Promise<void> {
  for (const name of await readdir(scratch)) {
    const folder = join(scratch, name);
    const found = await stat(folder).catch(() => undefined);
    if (found !== undefined && (isLeft(name) || Date.now() - found.mtimeMs > ABANDONED_MS))
      await rm(folder, { recursive: true, force: true });
  }
}

/** True for a folder of a process that is gone. */
function isLeft(name: string): boolean {
  const [, pid, own] = /^job-(\d+)-([0-9a-f]{8})-/.exec(name) ?? [];
  if (pid === undefined || own === OWN) return false;
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** The object's bytes. What a connection cut short is read once more; what the store then says again is what it holds. */
async function read(store: ObjectStore, key: string, what: string): Promise<Uint8Array> {
  const expected = sha256OfKey(key);
  invariant(expected !== undefined, `${key} is not content-addressed`);
  for (let reads = 1; ; reads += 1) {
    const body = await mustGet(store, key, what);
    if (sha256(body) === expected) return body;
    invariant(reads < 2, `${what}: the bytes of ${key} do not have its SHA-256 (read ${body.byteLength} bytes)`);
  }
}
