import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../domain/errors.ts';
import { neededOf } from './environment.ts';
import { openGuard } from './guard.ts';

/** What to run. `name` names the log file; `what` is the part in words for messages. */
export interface ChildSpec {
  readonly name: string;
  readonly what: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The starter's: what every program needs of it is passed on, and what fits `passes`. */
  readonly env: NodeJS.ProcessEnv;
  readonly passes?: RegExp;
  /** Variables of its own. */
  readonly give?: NodeJS.ProcessEnv;
  /** How long to wait after TERM before KILL; 8 seconds unless said otherwise. */
  readonly graceMs?: number;
}

/** A started child: ask whether it still runs, wait for its end, or read the end of its log. */
export interface Child {
  readonly spec: ChildSpec;
  readonly ended: Promise<string>;
  /** How it ended, in words; undefined while it runs. */
  endedHow(): string | undefined;
  lastLines(): string;
}

/** The children of one start: each in its own process group, logged to a file, and known to the guard. */
export interface Children {
  start(spec: ChildSpec): Child;
  /** Runs a tool to its end; rejects with the last lines of its log unless it exits with 0. */
  run(spec: ChildSpec, limitMs: number): Promise<void>;
  /** TERM in the reverse order of the start, then KILL for what is left, then the end of the guard. */
  stopAll(): Promise<void>;
}

interface Running extends Child {
  readonly process: ChildProcess;
  readonly group: number;
}

const GRACE_MS = 8_000;

/** Opens the guard of `dir` and starts children that cannot outlive this process. */
export async function openChildren(dir: string, log: (line: string) => void): Promise<Children> {
  const logs = join(dir, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const guard = await openGuard(dir);
  const started: Running[] = [];
  let stopping: Promise<void> | undefined;

  const start = (spec: ChildSpec): Running => {
    if (stopping) throw new Error(`${spec.what} was not started: everything is being stopped`);
    const child = launch(spec, logs, dir);
    if (child.group > 0) guard.add(child.group);
    started.push(child);
    void child.ended.then(() => {
      // Whatever the child left in its group goes too; only then may the guard forget the group.
      signalGroup(child.group, 'SIGKILL');
      guard.drop(child.group);
    });
    return child;
  };

  const run = async (spec: ChildSpec, limitMs: number): Promise<void> => {
    const child = start(spec);
    const late = setTimeout(() => signalGroup(child.group, 'SIGKILL'), limitMs);
    const how = await child.ended.finally(() => clearTimeout(late));
    started.splice(started.indexOf(child), 1);
    if (how !== 'exit code 0') throw new Error(`${spec.what} failed (${how}):\n${child.lastLines()}`);
  };

  const stop = async (): Promise<void> => {
    const living = started.filter((child) => child.endedHow() === undefined).reverse();
    for (const child of living) signalGroup(child.group, 'SIGTERM');
    await Promise.all(living.map((child) => endWithin(child, log)));
    await guard.close();
  };

  return { start, run, stopAll: () => (stopping ??= stop()) };
}

async function endWithin(child: Running, log: (line: string) => void): Promise<void> {
  const grace = child.spec.graceMs ?? GRACE_MS;
  const timer = new AbortController();
  const late = sleep(grace, 'late', { signal: timer.signal }).catch(() => 'cancelled');
  if ((await Promise.race([child.ended, late])) === 'late') {
    if (child.spec.graceMs === undefined) log(`${child.spec.what} did not end within ${grace / 1000} s and was killed`);
    signalGroup(child.group, 'SIGKILL');
    await child.ended;
  }
  timer.abort();
}

function launch(spec: ChildSpec, logs: string, cwd: string): Running {
  const file = join(logs, `${spec.name}.log`);
  try {
    renameSync(file, join(logs, `${spec.name}.previous.log`)); // two starts are kept, so logs cannot grow for ever
  } catch {
    // first start
  }
  const output = openSync(file, 'a', 0o600);
  const child = spawn(spec.command, spec.args, {
    cwd,
    env: { ...neededOf(spec.env, spec.passes), ...spec.give },
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  let how: string | undefined;
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code ?? 'unknown'}`));
    child.once('error', (error) => resolve(messageOf(error)));
  });
  void ended.then((text) => (how = text));
  return { spec, process: child, group: child.pid ?? 0, ended, endedHow: () => how, lastLines: () => lastLines(file) };
}

function lastLines(file: string): string {
  try {
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '');
    return lines.slice(-5).join('\n');
  } catch {
    return '';
  }
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  if (group <= 0) return; // never started: signalling group 0 would reach ourselves
  try {
    process.kill(-group, signal);
  } catch {
    // already gone
  }
}
