/** The object store in a local directory: the last resort of one machine, and a second opinion in tests. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SetupError, TransientError, messageOf } from '../../domain/errors.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';

const TEMPORARY = '.tmp';

/** A store below `root`. Conditional puts rest on link(2), which fails when the name exists (POSIX). */
export function createDirectoryStore(root: string): ObjectStore {
  const pathOf = (key: string): string => {
    if (key.split('/').some((part) => part === '..' || part === '.' || part === '') || key.includes('\0')) {
      throw new SetupError(`"${key}" is not a key this store can hold`);
    }
    return join(root, key);
  };
  const info = async (key: string): Promise<ObjectInfo | undefined> => {
    const found = await missing(stat(pathOf(key)));
    return found?.isFile() === true ? { key, bytes: found.size, modifiedMs: found.mtimeMs } : undefined;
  };

  async function* walk(folder: string, prefix: string, after: string): AsyncGenerator<string> {
    const entries = (await missing(readdir(join(root, folder), { withFileTypes: true }))) ?? [];
    const names = entries
      .filter((entry) => entry.name !== TEMPORARY)
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    for (const name of names.sort(byBytes)) {
      const key = `${folder}${name}`;
      if (!key.startsWith(prefix) && !prefix.startsWith(key)) continue;
      if (name.endsWith('/')) yield* walk(key, prefix, after);
      else if (key > after) yield key;
    }
  }

  return {
    name: `directory ${root}`,
    async put(key, body, { ifAbsent }) {
      const path = pathOf(key);
      const temporary = join(root, TEMPORARY, randomUUID());
      try {
        await mkdir(dirname(path), { recursive: true });
        await mkdir(dirname(temporary), { recursive: true });
        await writeSynced(temporary, body);
        if (!ifAbsent) {
          await rename(temporary, path);
          return 'stored';
        }
        await link(temporary, path);
        return 'stored';
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return 'exists';
        throw classify(error, `put ${key}`);
      } finally {
        await rm(temporary, { force: true });
      }
    },
    async get(key) {
      return missing(readFile(pathOf(key)));
    },
    head: info,
    async *list(prefix, startAfter = '') {
      for await (const key of walk('', prefix, startAfter)) {
        const found = await info(key);
        if (found !== undefined) yield found;
      }
    },
    async *folders(prefix) {
      const entries = (await missing(readdir(pathOf(prefix.replace(/\/$/, '')), { withFileTypes: true }))) ?? [];
      const names = entries.filter((entry) => entry.isDirectory()).map((entry) => `${entry.name}/`);
      yield* names.sort(byBytes);
    },
    async remove(key) {
      await rm(pathOf(key), { force: true });
    },
  };
}

/** Folders sort with their slash, so that a walk meets keys in the order of their bytes. */
const byBytes = (a: string, b: string): number => (a < b ? -1 : 1);

async function writeSynced(path: string, body: Uint8Array): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(body);
    await file.sync();
  } finally {
    await file.close();
  }
}

const codeOf = (error: unknown): string | undefined => (error as { code?: string }).code;

async function missing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw classify(error, 'read');
  }
}

function classify(error: unknown, what: string): Error {
  const code = codeOf(error);
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    return new SetupError(`The store's directory may not be written (${what}): ${messageOf(error)}`, { cause: error });
  }
  return new TransientError(`The store's directory failed (${what}): ${messageOf(error)}`, { cause: error });
}
