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

  return {
    name: `directory ${root}`,
    async put(key, body, { ifAbsent }) {
      const path = pathOf(key);
      const temporary = join(root, TEMPORARY, randomUUID());
      try {
        await mkdir(dirname(path), { recursive: true });
        await mkdir(dirname(temporary), { recursive: true });
        await writeSynced(temporary, body);
        if (!ifAbsent) await rename(temporary, path);
        else if (!(await linked(temporary, path))) return 'exists';
        return 'stored';
      } catch (error) {
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
      for await (const key of walk(root, { prefix, after: startAfter })) {
        const found = await info(key);
        if (found !== undefined) yield found;
      }
    },
    async *folders(prefix) {
      const entries = (await missing(readdir(pathOf(prefix.replace(/\/$/, '')), { withFileTypes: true }))) ?? [];
      const names = entries.filter((entry) => entry.isDirectory()).map((entry) => `${entry.name}/`);
      for (const name of names.sort(byBytes)) {
        // What was removed leaves its directories behind: a folder is what an object lies in.
        const { done } = await walk(root, {}, `${prefix}${name}`).next();
        if (done !== true) yield name;
      }
    },
    async remove(key) {
      await rm(pathOf(key), { force: true });
    },
  };
}

/** The keys in a folder that have a prefix and come after one, in order. */
async function* walk(
  root: string,
  { prefix = '', after = '' }: { readonly prefix?: string; readonly after?: string },
  folder = '',
): AsyncGenerator<string> {
  const entries = (await missing(readdir(join(root, folder), { withFileTypes: true }))) ?? [];
  const names = entries
    .filter((entry) => entry.name !== TEMPORARY)
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  // What is not asked for goes before the sort: a folder may hold a log of many thousands.
  const asked = names.filter((name) => {
    const key = `${folder}${name}`;
    const isFolder = name.endsWith('/');
    return (key.startsWith(prefix) || (isFolder && prefix.startsWith(key))) && (isFolder || key > after);
  });
  for (const name of asked.sort(byBytes)) {
    if (name.endsWith('/')) yield* walk(root, { prefix, after }, `${folder}${name}`);
    else yield `${folder}${name}`;
  }
}

/** Folders sort with their slash, so that a walk meets keys in the order of their bytes. */
const byBytes = (a: string, b: string): number => (a < b ? -1 : 1);

/** Gives a file a second name; false when a file has that name. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(to)).isFile()) return false;
    throw error;
  }
}

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

/** No such name; a name below a file; a directory, which is no object. */
const NOT_THERE: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);
/** A name is a file already and would have to be a directory, or the other way round. */
const FILE_AND_FOLDER: ReadonlySet<unknown> = new Set(['EEXIST', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY']);

async function missing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (NOT_THERE.has(codeOf(error))) return undefined;
    throw classify(error, 'read');
  }
}

function classify(error: unknown, what: string): Error {
  const code = codeOf(error);
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    return new SetupError(`The store's directory may not be written (${what}): ${messageOf(error)}`, { cause: error });
  }
  if (FILE_AND_FOLDER.has(code))
    return new SetupError(`The store's directory would need a file and a folder of one name (${what})`, {
      cause: error,
    });
  return new TransientError(`The store's directory failed (${what}): ${messageOf(error)}`, { cause: error });
}
