import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const ABANDONED_MS = 60 * 60_000; // six times as long as an install may take

/** What is fetched, in words, for the lines shown while it takes its time. */
export interface Fetch {
  /** The folder's name in the cache: part and version. */
  readonly name: string;
  readonly what: string;
  readonly from: string;
  /** About how much has to come over the wire. */
  readonly megabytes: number;
}

/** Where what is fetched is kept, for all clones of this user. */
export const cacheRoot = (env: NodeJS.ProcessEnv): string =>
  join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'chatlake');

/** True where it needs no fetching any more. */
export const isCached = ({ name }: Fetch, env: NodeJS.ProcessEnv): boolean => existsSync(join(cacheRoot(env), name));

/**
 * The folder in which `install` has put its files, made at most once per machine.
 * It is filled under a temporary name and then renamed: an interrupted install leaves nothing half-done,
 * and of two processes that install at once the first one's folder is used by both.
 */
export async function cached(
  fetch: Fetch,
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const root = cacheRoot(env);
  const target = join(root, fetch.name);
  if (existsSync(target)) return target;
  mkdirSync(root, { recursive: true });
  sweep(root, fetch.name);
  const staging = mkdtempSync(join(root, `.${fetch.name}-`));
  const started = Date.now();
  const progress = (): string => {
    const [bytes, seconds] = [bytesIn(staging), (Date.now() - started) / 1000];
    return `${(bytes / 1e6).toFixed(1)} MB on disk, ${seconds.toFixed(1)} s, ${(bytes / 1e6 / seconds).toFixed(1)} MB/s`;
  };
  const ticker = setInterval(() => log(`fetching ${fetch.what} (${fetch.from}): ${progress()}`), 10_000);
  try {
    await install(staging);
    log(`fetched ${fetch.what} (${fetch.from}): ${progress()}`);
    publish(staging, target);
  } finally {
    clearInterval(ticker);
    rmSync(staging, { recursive: true, force: true });
  }
  return target;
}

/** Removes what a killed install left behind; a younger folder may be another process at work. */
function sweep(root: string, name: string): void {
  for (const entry of readdirSync(root)) {
    const file = join(root, entry);
    const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (entry.startsWith(`.${name}-`) && Date.now() - changed > ABANDONED_MS)
      rmSync(file, { recursive: true, force: true });
  }
}

function publish(staging: string, target: string): void {
  try {
    renameSync(staging, target);
  } catch (error) {
    if (!existsSync(target)) throw error; // else another process was first, with the same pinned content
  }
}

function bytesIn(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    // an installer moves its files about while we look
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}
