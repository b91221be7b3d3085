/** The main of the pages: configuration from the environment, a stop on SIGTERM and SIGINT. */
import { once } from 'node:events';
import { messageOf } from '../domain/errors.ts';
import { loadConfig } from '../wiring/config.ts';
import { createLogger } from '../wiring/log.ts';
import { beginProcess } from '../wiring/process.ts';
import { startDashboard } from './server.ts';

beginProcess(process.env);
try {
  const config = loadConfig(process.env);
  const logger = createLogger(config);
  const asked = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const dashboard = await startDashboard(config, logger);
  logger.info({ url: dashboard.url }, 'dashboard.started');
  process.send?.('ready');
  await asked;
  await dashboard.stop();
  logger.info({}, 'dashboard.stopped');
} catch (error) {
  process.stderr.write(`chatlake dashboard: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
