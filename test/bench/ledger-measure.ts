/** What is measured of a lake of some size, in a process of its own: a cold start, a look with nothing to do, small windows published. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { createEtlActivities } from '../../src/activities/index.ts';
import type { Ports } from '../../src/activities/ports.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import { tableRoot } from '../../src/domain/formats/layout.ts';
import { windowEnd } from '../../src/domain/window.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import type { PendingQuestion, PendingWindows } from '../../src/lake/pending.ts';
import { verifiedVersions } from '../../src/lake/verified.ts';
import { type Environment, loadConfig } from '../../src/wiring/config.ts';
import { openPorts } from '../../src/wiring/ports.ts';
import { openClient } from '../../src/wiring/temporal.ts';
import { installRuntime, startWorker } from '../../src/workers/worker.ts';
import type { EtlResult } from '../../src/workflows/etl.ts';
import { runWindow } from '../integration/run-window.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { pauseSchedules } from '../support/lake.ts';
import { answerParent } from '../support/own-process.ts';
import { SILENT_ANNOUNCER } from '../support/silent-announcer.ts';

export interface MeasurePlan {
  readonly environment: Environment;
  /** Hours that have windows; the measured ones follow. */
  readonly hours: number;
  readonly rounds: number;
}

/** Wall time, and the processor's time in this process. */
export interface Time {
  readonly ms: number;
  readonly cpuMs: number;
}

export interface Measured {
  readonly cold: readonly Time[];
  /** The first look of this process, then the others. */
  readonly looks: readonly Time[];
  /** `etl {}` on a worker of this process, from the start to its result: the first, then the others. */
  readonly etl?: readonly Time[];
  /** Per activity, the rounds. */
  readonly steps: Readonly<Record<string, readonly Time[]>>;
  readonly heapMb: number;
  readonly rssMb: number;
}

const SILENT = { info: () => undefined, warn: () => undefined };
const MB = 1_048_576;

/** Runs `work` with fresh ports: nothing of the ledger is in their memory or on their disk. */
export async function withPorts<T>(
  environment: Environment,
  hours: number,
  work: (ports: Ports) => Promise<T>,
): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'bench-ledger-work-'));
  const now = (): number => windowEnd(windowAfter(hours));
  const { ports, close } = await openPorts(loadConfig({ ...environment, WORK_DIR: dir }), SILENT, {
    announcer: SILENT_ANNOUNCER,
    now,
  });
  try {
    return await work(ports);
  } finally {
    await close();
    rmSync(dir, { recursive: true });
  }
}

/** A watch: each reading says what passed since the one before. */
function watch(): () => Time {
  let started = performance.now();
  let cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    const time = { ms: performance.now() - started, cpuMs: (user + system) / 1_000 };
    started = performance.now();
    cpu = process.cpuUsage();
    return time;
  };
}

const timed = async (work: () => Promise<unknown>): Promise<Time> => {
  const read = watch();
  await work();
  return read();
};

/** Measures. Throws unless nothing is pending and every window is published. */
async function measure({ environment, hours, rounds }: MeasurePlan): Promise<Measured> {
  const cold: Time[] = [];
  for (let round = 0; round < rounds; round += 1)
    await withPorts(environment, hours, async (ports) => {
      cold.push(await timed(() => start(ports)));
    });
  const measured = await withPorts(environment, hours, async (ports) => {
    await start(ports);
    const memory = process.memoryUsage();
    const { listPending } = createEtlActivities(ports, REPORTS);
    const look = () =>
      new MockActivityEnvironment().run<[PendingQuestion], PendingWindows, typeof listPending>(listPending, {
        source: DESK.source,
      });
    const looks: Time[] = [];
    for (let round = 0; round <= rounds; round += 1)
      looks.push(
        await timed(async () => {
          const { windows } = await look();
          if (windows.length > 0)
            throw new Error(`${windows.length} windows are pending: ${windows.slice(0, 3).join()}`);
        }),
      );
    const steps: Record<string, Time[]> = {};
    for (let round = 0; round < rounds; round += 1) {
      const window = windowAfter(hours + round);
      await writeDesk(
        ports.store,
        window,
        [1, 2, 3].map((i) => `${hours}-${round}-${i}`),
      );
      const read = watch();
      const outcomes = await runWindow(ports, { source: DESK.source, window }, (name) => {
        steps[name] = [...(steps[name] ?? []), read()];
      });
      if (outcomes[0]?.kind !== 'published') throw new Error(`${window} was not published`);
    }
    return { cold, looks, steps, heapMb: memory.heapUsed / MB, rssMb: memory.rss / MB };
  });
  return { ...measured, etl: await timeEtl(environment, hours + rounds, rounds) };
}

/** `etl {}` with nothing to do, as a person starts it. Throws when it found something. */
async function timeEtl(environment: Environment, hours: number, rounds: number): Promise<readonly Time[]> {
  const dir = mkdtempSync(join(tmpdir(), 'bench-ledger-worker-'));
  const config = loadConfig({ ...environment, WORK_DIR: dir });
  const logger = pino({ level: 'silent' });
  installRuntime(logger);
  const overrides = { announcer: SILENT_ANNOUNCER, now: () => windowEnd(windowAfter(hours)) };
  const worker = await startWorker(config, logger, { consume: false, overrides });
  const { client, close } = await openClient(config);
  try {
    await pauseSchedules(client);
    const times: Time[] = [];
    for (let round = 0; round <= rounds; round += 1)
      times.push(
        await timed(async () => {
          const { windows } = await client.workflow.execute<() => Promise<EtlResult>>('etl', {
            workflowId: `etl-${randomUUID()}`,
            taskQueue: config.CHATLAKE_TASK_QUEUE,
          });
          if (windows > 0) throw new Error(`etl found ${windows} windows`);
        }),
      );
    return times;
  } finally {
    await close();
    worker.stop();
    await worker.done;
    rmSync(dir, { recursive: true });
  }
}

/** What a process reads before it can decide anything: the ledger, what is verified, the tables' logs. */
async function start(ports: Ports): Promise<void> {
  await readLedger(ports, DESK.source);
  await verifiedVersions(ports, DESK.source);
  for (const { name } of DESK.tables) await ports.logs(tableRoot(name)).refresh();
}

answerParent(measure);
