/** The worker process: one worker for workflows and ETL, one for ingest with a slot per subscription and bot. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createEtlActivities, createIngestActivities } from '../activities/index.ts';
import type { Ports } from '../activities/ports.ts';
import { REPORTS } from '../domain/kpi/index.ts';
import type { Config } from '../wiring/config.ts';
import { applySchedules } from '../wiring/apply-schedules.ts';
import { activityLog } from '../wiring/log.ts';
import { type Overrides, openPorts } from '../wiring/ports.ts';
import { registerSearchAttributes } from '../wiring/search-attributes.ts';
import { withClient } from '../wiring/temporal.ts';
import { temporalConnection } from '../wiring/temporal.ts';
import { INGEST_QUEUE } from '../workflows/policies.ts';
import { startTelegram } from './telegram.ts';

export interface RunningWorker {
  /** Resolves when the workers have drained and everything is closed. */
  readonly done: Promise<void>;
  stop(): void;
}

/** Hands the SDK our logger; once per process, before anything else of the SDK. */
export function installRuntime(logger: Logger): void {
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;
  Runtime.install({
    logger: {
      log: (level, message, meta) => logger[levels[level]]({ meta }, message),
      trace: (message) => logger.trace(message),
      debug: (message) => logger.debug(message),
      info: (message) => logger.debug(message),
      warn: (message, meta) => logger.warn({ meta }, message),
      error: (message, meta) => logger.error({ meta }, message),
    },
    telemetryOptions: { logging: { forward: {}, filter: { core: 'WARN', other: 'WARN' } } },
  });
}

/** Starts polling. Throws SetupError when a part is missing or wrong. `consume` starts one consume workflow per subscription. */
export async function startWorker(
  config: Config,
  logger: Logger,
  options: { readonly consume: boolean; readonly overrides?: Overrides },
): Promise<RunningWorker> {
  const log = activityLog(logger);
  const searchAttributes = await withClient(config, (client) => registerSearchAttributes(client, log));
  const { ports, close } = await openPorts(config, log, { searchAttributes, ...options.overrides });
  const connection = await NativeConnection.connect(temporalConnection(config));
  const ingest = createIngestActivities(ports);
  const common = {
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    shutdownGraceTime: '10s',
    shutdownForceTime: '30s',
  } as const;
  const workers = [
    await Worker.create({
      ...common,
      taskQueue: config.CHATLAKE_TASK_QUEUE,
      ...workflowCode(),
      activities: createEtlActivities(ports, REPORTS),
      maxConcurrentActivityTaskExecutions: 4,
      maxConcurrentWorkflowTaskExecutions: 20,
      maxCachedWorkflows: 200,
    }),
    await Worker.create({
      ...common,
      taskQueue: INGEST_QUEUE(config.CHATLAKE_TASK_QUEUE),
      activities: ingest.activities,
      maxConcurrentActivityTaskExecutions: ports.subscriptions.length + (ports.telegram === undefined ? 0 : 1),
      // Left alone, the SDK sends a beat only when four fifths of the time-out are over.
      maxHeartbeatThrottleInterval: '2s',
    }),
  ];
  const runs = workers.map((worker) => worker.run());
  const stop = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const done = Promise.all(runs.map((run) => run.finally(stop))).finally(async () => {
    await ingest.closeConnections();
    await connection.close();
    await close();
  });
  try {
    await startStanding(config, ports, options.consume);
  } catch (error) {
    // Nobody would have a handle on workers that go on polling.
    stop();
    await done;
    throw error;
  }
  return { done: done.then(() => undefined), stop };
}

/** The bundle made at build time where there is one (also for the sources, as the tests run them), else the sources. */
function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const bundle = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));
  if (existsSync(bundle)) return { workflowBundle: { codePath: bundle } };
  const source = new URL('../workflows/index.ts', import.meta.url);
  return {
    workflowsPath: fileURLToPath(existsSync(source) ? source : new URL('../workflows/index.js', import.meta.url)),
  };
}

/** Schedules, and with `consume` what always runs: one `consume` per subscription, the bot's workflow; one that runs already is left alone. */
function startStanding(config: Config, ports: Ports, consume: boolean): Promise<void> {
  return withClient(config, async (client) => {
    const { known, unknown } = await applySchedules(client, config.CHATLAKE_TASK_QUEUE);
    for (const { id, state, differences } of known)
      if (state !== 'same') ports.log.info('schedule.applied', { id, was: state, differences });
    for (const { id, mend } of unknown) ports.log.warn('schedule.unknown', { id, mend });
    if (!consume) return;
    for (const { name: subscription } of ports.subscriptions) {
      const started = client.workflow.start('consume', {
        workflowId: `consume/${subscription}`,
        taskQueue: config.CHATLAKE_TASK_QUEUE,
        args: [{ subscription }],
        staticSummary: `takes messages of ${subscription}, for ever`,
      });
      await started.catch((error: unknown) => {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      });
    }
    await startTelegram(client, config, ports.log);
  });
}
