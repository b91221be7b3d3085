/** The worker process: one worker per role, all in one process unless WORKER_ROLES says otherwise. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { type IngestActivities, createEtlActivities, createIngestActivities } from '../activities/index.ts';
import type { Ports } from '../activities/ports.ts';
import { REPORTS } from '../domain/kpi/index.ts';
import { applySchedules } from '../wiring/apply-schedules.ts';
import type { Config, WorkerRole } from '../wiring/config.ts';
import { type Instruments, openInstruments } from '../wiring/instruments.ts';
import { activityLog } from '../wiring/log.ts';
import { GUARDED } from '../wiring/payload-guard.ts';
import { type Overrides, openPorts } from '../wiring/ports.ts';
import { registerSearchAttributes } from '../wiring/search-attributes.ts';
import { temporalConnection, withClient } from '../wiring/temporal.ts';
import { QUEUE_OF_ROLE } from '../workflows/policies.ts';
import { watchLag } from './lag-watch.ts';
import { serveMetrics } from '../wiring/metrics-server.ts';
import { observeActivity } from './observe-activity.ts';
import { type Standing, startStanding } from './standing.ts';

export interface RunningWorker {
  /** Resolves when the workers have drained and everything is closed. */
  readonly done: Promise<void>;
  /** Asks it to stop: slices of ingest end at once, other activities within the grace time, all of it within the force time. */
  stop(): void;
  /** Where /metrics, /health and /live are; undefined: nowhere. */
  readonly metricsUrl: string | undefined;
}

/**
 * Hands the SDK our logger; once per process, before anything else of the SDK. Signals are the process's own affair. With
 * `coreMetrics` (host:port) the SDK serves its metrics there, for us to pass on.
 */
export function installRuntime(logger: Logger, coreMetrics?: string): void {
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;
  const metrics = {
    prometheus: {
      bindAddress: coreMetrics ?? '',
      countersTotalSuffix: true,
      unitSuffix: true,
      useSecondsForDurations: true,
    },
  };
  Runtime.install({
    logger: {
      log: (level, message, meta) => logger[levels[level]]({ meta }, message),
      trace: (message) => logger.trace(message),
      debug: (message) => logger.debug(message),
      info: (message) => logger.debug(message),
      warn: (message, meta) => logger.warn({ meta }, message),
      error: (message, meta) => logger.error({ meta }, message),
    },
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: { core: 'WARN', other: 'WARN' } },
      ...(coreMetrics === undefined ? {} : { metrics }),
    },
  });
}

export interface WorkerStart {
  /** Starts one consume workflow per subscription. */
  readonly consume: boolean;
  readonly overrides?: Overrides;
  /** What this process is watched with already; absent: the worker's own. */
  readonly instruments?: Instruments;
  /** Where installRuntime has the SDK serve its metrics. */
  readonly coreMetrics?: string | undefined;
}

/** Starts polling for the roles of the configuration. Throws SetupError when a part is missing or wrong. */
export async function startWorker(config: Config, logger: Logger, options: WorkerStart): Promise<RunningWorker> {
  const log = activityLog(logger);
  const instruments = options.instruments ?? (await openInstruments(config, log, 'chatlake-worker'));
  const searchAttributes = await withClient(config, (client) => registerSearchAttributes(client, log));
  const { ports, close } = await openPorts(config, log, { searchAttributes, ...options.overrides }, instruments);
  instruments.tell(watchLag(ports, config.LAG_LIMIT_MS, ports.now));
  const server = await serveMetrics(config, instruments, options.coreMetrics);
  const stopping = new AbortController();
  const ingest = createIngestActivities(ports, stopping.signal);
  const connection = await NativeConnection.connect(temporalConnection(config));
  const workers: Worker[] = [];
  for (const own of workerOptions(config, ports, ingest.activities))
    workers.push(
      await Worker.create({
        connection,
        namespace: config.TEMPORAL_NAMESPACE,
        dataConverter: GUARDED,
        shutdownGraceTime: config.SHUTDOWN_GRACE_MS,
        shutdownForceTime: config.SHUTDOWN_FORCE_MS,
        ...own,
        interceptors: { ...own.interceptors, activity: [() => ({ inbound: observeActivity(instruments) })] },
      }),
    );
  const runs = workers.map((worker) => worker.run());
  const stop = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    // After it, so that the slices that end now are not followed by others here.
    stopping.abort();
  };
  let standing: Standing | undefined;
  const done = Promise.all(runs.map((run) => run.finally(stop))).finally(async () => {
    await standing?.close();
    await ingest.closeConnections();
    await connection.close();
    await close();
    await server?.close();
    if (options.instruments === undefined) await instruments.close();
  });
  try {
    if (config.WORKER_ROLES.includes('workflows')) {
      await schedule(config, ports);
      if (options.consume) standing = await startStanding(config, ports);
    }
  } catch (error) {
    // Nobody would have a handle on workers that go on polling.
    stop();
    await done;
    throw error;
  }
  return { done: done.then(() => undefined), stop, metricsUrl: server?.url };
}

/** One worker per role: each kind of work has slots of its own. */
function workerOptions(config: Config, ports: Ports, ingest: IngestActivities): WorkerOptions[] {
  const activities = createEtlActivities(ports, REPORTS);
  const slots = (n: number) => ({
    maxConcurrentActivityTaskExecutions: n,
    maxConcurrentActivityTaskPolls: Math.min(n, config.WORKER_POLLERS),
  });
  const roles: Readonly<Record<WorkerRole, () => Omit<WorkerOptions, 'taskQueue'>>> = {
    workflows: () => ({
      ...workflowCode(),
      // All of them: runs that began before the queues were divided have theirs scheduled here.
      activities,
      ...slots(config.WORKER_QUICK_SLOTS),
      maxConcurrentWorkflowTaskExecutions: config.WORKER_WORKFLOW_SLOTS,
      maxConcurrentWorkflowTaskPolls: Math.min(config.WORKER_WORKFLOW_SLOTS, config.WORKER_POLLERS),
      maxCachedWorkflows: config.WORKER_CACHED_WORKFLOWS,
    }),
    etl: () => ({ activities, ...slots(config.WORKER_ETL_SLOTS) }),
    upkeep: () => ({ activities, ...slots(config.WORKER_UPKEEP_SLOTS) }),
    ingest: () => ({
      activities: ingest,
      ...slots(ports.subscriptions.length + (ports.telegram === undefined ? 0 : 1)),
      // Left alone, the SDK sends a beat only when four fifths of the time-out are over.
      maxHeartbeatThrottleInterval: '2s',
    }),
  };
  return [...new Set(config.WORKER_ROLES)].map((role) => ({
    taskQueue: QUEUE_OF_ROLE[role](config.CHATLAKE_TASK_QUEUE),
    ...roles[role](),
  }));
}

/** The bundle made at build time where there is one (also for the sources, as the tests run them), else the sources. */
function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'interceptors'> {
  const bundle = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));
  if (existsSync(bundle)) return { workflowBundle: { codePath: bundle } };
  const ending = import.meta.url.slice(-2);
  const pathOf = (name: string): string => fileURLToPath(new URL(`../workflows/${name}.${ending}`, import.meta.url));
  return { workflowsPath: pathOf('index'), interceptors: { workflowModules: [pathOf('interceptors')] } };
}

/** Schedules as they are declared; what an operator changed at them stays. */
function schedule(config: Config, ports: Ports): Promise<void> {
  return withClient(config, async (client) => {
    const { known, unknown } = await applySchedules(client, config.CHATLAKE_TASK_QUEUE);
    for (const { id, state, differences } of known)
      if (state !== 'same') ports.log.info('schedule.applied', { id, was: state, differences });
    for (const { id, mend } of unknown) ports.log.warn('schedule.unknown', { id, mend });
  });
}
