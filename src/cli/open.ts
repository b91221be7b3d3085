/** The configuration of a command: the environment, and where it says nothing, the lake of the clone it is run in. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PermanentError } from '../domain/errors.ts';
import { type Config, loadConfig } from '../wiring/config.ts';
import { KEY_FILE, LAKE_FOLDER, STACK_FILE, readStackFile, stackEnvironment } from '../wiring/stack-file.ts';

/** The clone this file belongs to. */
const CLONE = fileURLToPath(new URL('../..', import.meta.url));

/** Which lake a command works in: `lake` as a person named it; `cwd` is where they are. */
export interface Whereabouts {
  readonly lake?: string | undefined;
  readonly cwd: string;
}

/**
 * The folder with the lake's keys and addresses: the one named (or the clone around it), else that of the folders from here up,
 * else that of the clone chatlake was started from. Throws PermanentError for a name that leads nowhere.
 */
export function findLake({ lake, cwd }: Whereabouts): string {
  if (lake !== undefined) {
    const named = resolve(cwd, lake);
    const found = [named, join(named, LAKE_FOLDER)].find((dir) => isLake(dir));
    if (found === undefined)
      throw new PermanentError(`--lake ${lake}: no lake is there (${LAKE_FOLDER} is made by npm start, in its clone)`);
    return found;
  }
  for (let dir = cwd; ; dir = dirname(dir)) {
    if (isLake(join(dir, LAKE_FOLDER))) return join(dir, LAKE_FOLDER);
    if (dir === dirname(dir)) return join(CLONE, LAKE_FOLDER);
  }
}

const isLake = (dir: string): boolean =>
  [STACK_FILE, KEY_FILE, 'secrets.json'].some((name) => existsSync(join(dir, name)));

/** Reads it and tells `say` which lake it is. Throws SetupError in one sentence. */
export function commandConfig(environment: NodeJS.ProcessEnv, where: Whereabouts, say: (text: string) => void): Config {
  const elsewhere = Object.keys(environment).some((name) => /^(S3|AWS|STORE)_/.test(name));
  const dir = findLake(where);
  const stack = readStackFile(join(dir, STACK_FILE));
  if (stack === undefined) {
    const from = elsewhere
      ? 'the lake that the environment names'
      : 'no variable says where a lake is (docs/deploy.md)';
    say(`chatlake: nothing runs in ${dir} (npm start, in its clone); ${from}`);
    return loadConfig(environment);
  }
  const named = where.lake !== undefined;
  const overruled = Object.keys(stackEnvironment(stack)).some((name) => Boolean(environment[name]));
  const wins = overruled && !named ? '; what the environment names wins over it' : '';
  say(`chatlake: the lake ${dir}${wins}; another one: --lake DIR`);
  const key = join(dir, KEY_FILE);
  return loadConfig({
    ...stackEnvironment(stack),
    WORK_DIR: join(dir, 'cli'),
    IMPORT_DIR: join(dir, 'imports'),
    ...(existsSync(key) ? { PSEUDONYM_KEY_FILE: key } : {}),
    ...environment,
    ...(named ? stackEnvironment(stack) : {}),
  });
}
