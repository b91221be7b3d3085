/**
 * `npm run bench -- trickle [--seconds n]`: what a quiet desk costs: one message a second through the whole of `npm start`, in cores,
 * process by process, and before it the same without any message. The bench's own process, which publishes and looks, is not in it.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SetupError } from '../../src/domain/errors.ts';
import type { Config } from '../../src/wiring/config.ts';
import { openPublisher, openReaders } from '../../src/wiring/ports.ts';
import { openClient } from '../../src/wiring/temporal.ts';
import { untilSubscribed } from '../support/lake.ts';
import { measure } from './freshness.ts';

const AIMS = { system: 0.35, worker: 0.12, idle: 0.03, p50Ms: 2_500 } as const;
/** What a process is, by what its command line holds; the first that fits. */
const PARTS: readonly (readonly [name: string, text: RegExp])[] = [
  ['worker', /trickle-child/],
  ['pages', /dashboard\/main/],
  ['Temporal', /temporal/],
  ['S3', /weed/],
  ['MongoDB', /mongod|secantus/],
  ['ActiveMQ', /java|broker\/main/],
  ['Telegram emulator', /telegram/],
];
const OTHER = 'other';
/** After the start, and after quiet has ended what follows it. */
const SETTLE_MS = 75_000;
/** `/proc/<pid>/stat` counts in hundredths of a second on every Linux that Node runs on. */
const TICKS = 100;

/** Entry. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '60' },
      settle: { type: 'string', default: String(SETTLE_MS / 1_000) },
    },
  });
  if (process.platform !== 'linux') throw new SetupError('This bench reads /proc, which only Linux has.');
  const seconds = Number(values.seconds);
  const dir = mkdtempSync(join(tmpdir(), 'bench-trickle-'));
  // As `npm start`: worker and gateway are in one process.
  const system = fork(new URL('./trickle-child.js', import.meta.url), [dir]);
  const [config] = (await once(system, 'message')) as [Config];
  const { ports, close } = await openReaders({ ...config, WORK_DIR: join(dir, 'bench') });
  const { client, close: disconnect } = await openClient(config);
  const publisher = await openPublisher(config);
  try {
    await untilSubscribed({ client });
    // What starts for the first time is not what is measured.
    await measure(ports, publisher, 10, 3);
    await sleep(1_000 * Number(values.settle));
    const idle = await coresDuring(() => sleep(1_000 * seconds));
    let freshness: Awaited<ReturnType<typeof measure>> | undefined;
    const busy = await coresDuring(async () => {
      freshness = await measure(ports, publisher, 1, seconds);
    });
    report(idle, busy, freshness!);
  } finally {
    await publisher.close();
    await disconnect();
    await close();
    system.send('stop');
    await once(system, 'exit');
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Cores that the processes of the system used, by part, while something was done. */
async function coresDuring(work: () => Promise<unknown>): Promise<ReadonlyMap<string, number>> {
  const before = cpuSeconds();
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1_000;
  const after = cpuSeconds();
  return new Map([...after].map(([part, cpu]) => [part, Math.max(0, cpu - (before.get(part) ?? 0)) / seconds]));
}

/** CPU seconds so far of all that this process has started, and of what that has started, by part. */
function cpuSeconds(): ReadonlyMap<string, number> {
  const parents = new Map<number, { readonly parent: number; readonly ticks: number }>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const stat = read(`/proc/${name}/stat`);
    // The second field is a name in brackets that may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    parents.set(Number(name), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) });
  }
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid)?.parent ?? 0;
    return parent === process.pid || (parent > 1 && isOurs(parent));
  };
  const sums = new Map<string, number>();
  for (const [pid, { ticks }] of parents) {
    if (!isOurs(pid)) continue;
    const command = read(`/proc/${pid}/cmdline`);
    const part = PARTS.find(([, text]) => text.test(command))?.[0] ?? OTHER;
    sums.set(part, (sums.get(part) ?? 0) + ticks / TICKS);
  }
  return sums;
}

/** A process may end between two looks; then it has nothing to say. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function report(
  idle: ReadonlyMap<string, number>,
  busy: ReadonlyMap<string, number>,
  { p50Ms, p99Ms, entries, messages }: Awaited<ReturnType<typeof measure>>,
): void {
  const sum = (of: ReadonlyMap<string, number>): number => [...of.values()].reduce((all, cores) => all + cores, 0);
  console.log('\n| process | cores idle | cores at one message a second |');
  console.log('| --- | --- | --- |');
  for (const part of [...new Set([...idle.keys(), ...busy.keys()])].sort(
    (a, b) => (busy.get(b) ?? 0) - (busy.get(a) ?? 0),
  ))
    console.log(`| ${part} | ${(idle.get(part) ?? 0).toFixed(3)} | ${(busy.get(part) ?? 0).toFixed(3)} |`);
  console.log(`| all | ${sum(idle).toFixed(3)} | ${sum(busy).toFixed(3)} |`);
  const found = { system: sum(busy), worker: busy.get('worker') ?? 0, idle: sum(idle), p50Ms };
  for (const [name, aim] of Object.entries(AIMS)) {
    const value = found[name as keyof typeof AIMS];
    console.log(`${name}: ${value.toFixed(3)}, aim ${aim}: ${value <= aim ? 'met' : 'not met'}`);
  }
  console.log(`${messages} messages in ${entries} ledger entries, freshness p50 ${p50Ms} ms, p99 ${p99Ms} ms`);
  const machine = { cores: availableParallelism(), node: process.version, load: loadavg()[0] };
  console.log(JSON.stringify({ bench: 'trickle', machine, aims: AIMS, found, idle: [...idle], busy: [...busy] }));
}
