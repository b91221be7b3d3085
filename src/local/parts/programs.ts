import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { neededOf } from './environment.ts';

const execute = promisify(execFile);

/** The first executable called `name` on PATH, as an absolute path. */
export function onPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const file = join(folder, name);
    if (folder !== '' && isExecutable(file)) return file;
  }
  return undefined;
}

/** True for a file that may be run. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** What a short command prints (both streams), or undefined if it cannot be run or fails. */
export async function printed(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await execute(command, args, {
      env: neededOf(env),
      timeout: 20_000,
      maxBuffer: 4 << 20,
    });
    return `${stdout}\n${stderr}`;
  } catch {
    return undefined;
  }
}

/** The first thing in `text` that looks like a version, else `unknown`. */
export function versionIn(text: string | undefined, pattern = /(\d+(?:\.\d+)+)/): string {
  return pattern.exec(text ?? '')?.[1] ?? 'unknown';
}
