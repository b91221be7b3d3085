/** The worker's main: configuration from the environment, stop on SIGTERM and SIGINT. */
import { messageOf } from '../domain/errors.ts';
import { loadConfig } from '../wiring/config.ts';
import { createLogger } from '../wiring/log.ts';
import { quietSdkNotice } from '../wiring/process.ts';
import { installRuntime, startWorker } from './worker.ts';

quietSdkNotice(process.env);
try {
  const config = loadConfig(process.env);
  const logger = createLogger(config);
  installRuntime(logger);
  const worker = await startWorker(config, logger, { consume: true });
  logger.info({ taskQueue: config.CHATLAKE_TASK_QUEUE }, 'worker.started');
  process.send?.('ready');
  await worker.done;
  logger.info({}, 'worker.stopped');
} catch (error) {
  process.stderr.write(`chatlake worker: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
