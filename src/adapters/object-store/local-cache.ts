/** Content-addressed objects on the local disk: fetched once, checked against the SHA-256 in their key; dropping them changes speed only. */
import { createHash, randomUUID } from 'node:crypto';
import { link, mkdtemp, open, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { invariant } from '../../domain/errors.ts';
import { sha256OfKey } from '../../domain/formats/layout.ts';
import type { ObjectStore } from './object-store.ts';
import { ownFolder } from './own-folder.ts';
import { mustGet } from './put.ts';

const ABANDONED_MS = 24 * 3_600_000;
const PIECE_BYTES = 1_048_576;
/** Tells this process from an earlier one of the same id: in a container both are 1. */
const OWN = randomUUID().slice(0, 8);

export interface LocalCache {
  /** A path below `folder` that holds the object's bytes, checked. Throws InvariantViolation when the object is gone or altered. */
  fetch(key: string, folder: string, what: string): Promise<string>;
  /** Remembers a local file under the key it was kept as, unless it holds what people wrote. */
  remember(key: string, path: string): Promise<void>;
  /** Runs `work` with a folder of its own, removed afterwards. */
  withScratch<T>(work: (folder: string) => Promise<T>): Promise<T>;
}

/**
 * A cache below `root` that keeps at most about `maxBytes`, least recently used first out. What lies below a prefix of `clear` is what
 * people wrote: it stays here no longer than the job that reads it.
 */
export async function createLocalCache(
  store: ObjectStore,
  root: string,
  maxBytes: number,
  clear: readonly string[],
): Promise<LocalCache> {
  const objects = join(root, 'objects');
  const scratch = join(root, 'scratch');
  for (const folder of [root, objects, scratch]) await ownFolder(folder);
  await sweep(scratch);
  let sinceEviction = 0;

  const pathOf = (key: string): string => join(objects, sha256(key));

  /** Evicts when a tenth of the room was added since the last time. */
  async function grow(bytes: number): Promise<void> {
    sinceEviction += bytes;
    if (sinceEviction < maxBytes / 10) return;
    sinceEviction = 0;
    await evict(objects, maxBytes);
  }

  async function remember(key: string, path: string): Promise<void> {
    if (clear.some((prefix) => key.startsWith(prefix))) return;
    await link(path, pathOf(key)).catch(() => undefined);
    await grow((await stat(path)).size);
  }

  /**
   * Links the copy there is to `own`; false when there is none, or its bytes are no longer the object's: a crash of the machine cut it, the
   * disk failed, or somebody wrote into it. Hashed at each use, which is less work than what is done with it: a gigabyte takes a second.
   */
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
    if ((await sha256OfFile(own)) === sha256OfKey(key)) return true;
    await rm(own);
    await rm(copy, { force: true });
    return false;
  }

  return {
    async fetch(key, folder, what) {
      const own = join(folder, `${randomUUID()}-${basename(key)}`);
      if (!(await recall(key, own))) {
        await writeFile(own, await read(store, key, what), { mode: 0o600 });
        await remember(key, own);
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

/** Removes files, those used longest ago first, until about `maxBytes` are left. */
async function evict(objects: string, maxBytes: number): Promise<void> {
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

/**
 * Piece by piece, so that a large file takes neither its size in memory nor the event loop for as long as it takes; in one buffer no larger
 * than the file, for most files are tiny, and V8 answers megabytes allocated outside its heap with a full collection.
 */
async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(1, (await file.stat()).size)));
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
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
