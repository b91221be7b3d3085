/** The worker's main: configuration from the environment, a graceful stop on SIGTERM and SIGINT, a forced one at the second or when it takes too long. */
import { once } from 'node:events';
import { messageOf } from '../domain/errors.ts';
import { loadConfig } from '../wiring/config.ts';
import { createLogger } from '../wiring/log.ts';
import { beginProcess } from '../wiring/process.ts';
import { coreMetricsAddress } from '../wiring/metrics-server.ts';
import { installRuntime, startWorker } from './worker.ts';

/** Between the bound of the worker's own stop and the end of the process. */
const LAST_MS = 5_000;

const asked = (): Promise<unknown> => Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);

beginProcess(process.env);
try {
  const config = loadConfig(process.env);
  const logger = createLogger(config);
  const first = asked();
  const coreMetrics = await coreMetricsAddress(config);
  installRuntime(logger, coreMetrics);
  const worker = await startWorker(config, logger, { consume: true, coreMetrics });
  logger.info({ taskQueue: config.CHATLAKE_TASK_QUEUE, roles: config.WORKER_ROLES }, 'worker.started');
  process.send?.('ready');
  const stopped = first.then(() => {
    const force = (): void => {
      process.stderr.write('chatlake worker: it did not stop in time and is ended; whatever ran is run again.\n');
      process.exit(1);
    };
    setTimeout(force, config.SHUTDOWN_FORCE_MS + LAST_MS).unref();
    void asked().then(force);
    worker.stop();
    return worker.done;
  });
  await Promise.race([worker.done, stopped]);
  logger.info({}, 'worker.stopped');
} catch (error) {
  process.stderr.write(`chatlake worker: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
