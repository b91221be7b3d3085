/** Processes of the product that end or stop themselves at a chosen put. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Lake, pauseSchedules } from '../support/lake.ts';

export interface Strike {
  /** Pattern of the keys that count. */
  readonly key: string;
  readonly nth: number;
  readonly when: 'before' | 'after';
  readonly signal: 'SIGKILL' | 'SIGSTOP';
}

export interface FaultProcess {
  readonly child: ChildProcess;
  /** Resolves with the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
  /** What came of the chosen put, once the process goes on after it. */
  readonly did: Promise<string>;
  kill(): Promise<void>;
}

/** Starts a worker on the lake; resolves when it polls, or has struck already. */
export async function startProcess(
  lake: Lake,
  strike: Strike & { readonly consume: boolean },
  workDir: string,
): Promise<FaultProcess> {
  const worker = await startFile('worker-process.mjs', lake, strike, workDir);
  await pauseSchedules(lake.client);
  return worker;
}

/** The lake's configuration as the environment of another process. */
export function environmentOf({ config }: Pick<Lake, 'config'>): NodeJS.ProcessEnv {
  const { temporal, ...values } = { ...config, LOG_LEVEL: 'error' };
  const environment = Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
  return { PATH: process.env['PATH'], ...temporal, ...environment };
}

/** Starts a file of this folder with the lake's configuration; resolves when it says that it has started, or has struck already. */
export async function startFile(file: string, lake: Lake, strike: Strike, workDir: string): Promise<FaultProcess> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    env: { ...environmentOf(lake), WORK_DIR: workDir, FAULT_PLAN: JSON.stringify(strike) },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null);
  const started = message(child, (sent) => sent === 'started');
  const did = message(child, (sent) => typeof sent === 'object').then((sent) => (sent as { did: string }).did);
  await Promise.race([started, ended]);
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { child, ended, did, kill };
}

const message = (child: ChildProcess, wanted: (sent: unknown) => boolean): Promise<unknown> =>
  new Promise((resolve) => child.on('message', (sent) => wanted(sent) && resolve(sent)));

/** Resolves when the process stands still (state T of proc(5)). */
export async function stopped({ pid }: ChildProcess): Promise<void> {
  while (!/\) T /.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'))) await sleep(50);
}
