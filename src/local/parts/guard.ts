import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError } from '../../domain/errors.ts';
import { neededOf } from './environment.ts';

/** In the guard's command line, so that a process id that was given to somebody else is not taken for a guard. */
const GUARD_NAME = 'chatlake-guard';

/**
 * Its standard input is a pipe from the starter, which the kernel closes however the starter ends, kill -9 included.
 * Then every process group still on the list gets TERM, and after 3 seconds KILL; it ends when they have ended.
 */
const GUARD_SCRIPT = `
trap '' HUP INT TERM
wait_for_groups() {
  tries=0
  while [ "$tries" -lt "$1" ]; do
    alive=''
    for group in $groups; do kill -s 0 -- "-$group" 2>/dev/null && alive=yes; done
    [ -z "$alive" ] && return 0
    sleep 0.1
    tries=$((tries + 1))
  done
  return 1
}
groups=' '
while read -r verb group; do
  case "$verb" in
    add) groups="$groups$group " ;;
    drop) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s TERM -- "-$group" 2>/dev/null; done
wait_for_groups 30 && exit 0
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
wait_for_groups 50
`;

/** Ends the process groups on its list when the process that opened it is gone, however that came about. */
export interface Guard {
  readonly pid: number;
  add(group: number): void;
  drop(group: number): void;
  /** Ends the guard and whatever is still on its list. */
  close(): Promise<void>;
}

/** One guard per data folder: waits for an old one to finish its work, refuses when the folder is in use. */
export async function openGuard(dir: string): Promise<Guard> {
  const file = join(dir, 'guard.pid');
  await waitForOldGuard(file, dir);
  const child = spawn('sh', ['-c', GUARD_SCRIPT, GUARD_NAME, dir], {
    detached: true,
    env: neededOf(process.env),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  try {
    writeFileSync(file, `${pid} ${process.pid}\n`, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    child.stdin.end();
    throw new SetupError(`chatlake is already running in ${dir}: stop it first, or use another folder`, { cause });
  }
  return handle(child, child.stdin, pid, file);
}

function handle(child: ChildProcess, stdin: NodeJS.WritableStream, pid: number, file: string): Guard {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // A guard that was killed makes writing fail; the parts themselves are still fine.
  stdin.on('error', () => undefined);
  return {
    pid,
    add: (group) => void stdin.write(`add ${group}\n`),
    drop: (group) => void stdin.write(`drop ${group}\n`),
    close: async () => {
      stdin.end();
      await ended;
      rmSync(file, { force: true });
    },
  };
}

const DYING_MS = 1_500;

async function waitForOldGuard(file: string, dir: string): Promise<void> {
  const [guard, parent] = readPids(file);
  if (guard !== undefined && isGuard(guard)) {
    const started = Date.now();
    const deadline = started + 10_000;
    while (isGuard(guard)) {
      // A starter that was killed just now may not have ended yet.
      if (parent !== undefined && isRunning(parent) && Date.now() - started > DYING_MS) {
        throw new SetupError(
          `chatlake is already running in ${dir} (process ${parent}): stop it first, or use another folder`,
        );
      }
      if (Date.now() > deadline) {
        throw new SetupError(
          `the guard of an earlier start in ${dir} (process ${guard}) has not ended within 10 s: end that process, then start again`,
        );
      }
      await sleep(50);
    }
  }
  rmSync(file, { force: true });
}

function readPids(file: string): number[] {
  try {
    return readFileSync(file, 'utf8').trim().split(' ').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** A process that ended but was not collected by its parent still has an id, though no command line. */
function isRunning(pid: number): boolean {
  return isAlive(pid) && commandLine(pid) !== '';
}

function isGuard(pid: number): boolean {
  return isAlive(pid) && commandLine(pid).includes(GUARD_NAME);
}

/** Linux has /proc, also where `ps` is not installed; macOS has `ps`. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // not Linux, or gone meanwhile
  }
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
