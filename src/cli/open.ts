/** The configuration of a command: the environment, and where it says nothing, the stack that runs in this folder. */
import { existsSync } from 'node:fs';
import { type Config, loadConfig } from '../wiring/config.ts';
import { KEY_FILE, readStackFile, stackEnvironment } from '../wiring/stack-file.ts';

/** Reads it; `say` is told when neither says where the lake is. Throws SetupError in one sentence. */
export function commandConfig(environment: NodeJS.ProcessEnv, say: (text: string) => void): Config {
  const stack = readStackFile();
  if (stack === undefined && !Object.keys(environment).some((name) => /^(S3|AWS|STORE)_/.test(name)))
    say('chatlake: no system runs in this folder (npm start) and no variable says where one is (docs/deploy.md)');
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
