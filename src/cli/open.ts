/** The configuration of a command: the environment, and where it says nothing, the stack that runs in this folder. */
import { existsSync } from 'node:fs';
import { type Config, loadConfig } from '../wiring/config.ts';
import { KEY_FILE, readStackFile, stackEnvironment } from '../wiring/stack-file.ts';

/** Reads it. Throws SetupError in one sentence. */
export function commandConfig(environment: NodeJS.ProcessEnv): Config {
  const stack = readStackFile();
  const key = `.chatlake/${KEY_FILE}`;
  const local =
    stack === undefined
      ? {}
      : {
          ...stackEnvironment(stack),
          WORK_DIR: '.chatlake/cli',
          ...(existsSync(key) ? { PSEUDONYM_KEY_FILE: key } : {}),
        };
  return loadConfig({ ...local, ...environment });
}
