/** The gateway's main: configuration from the environment, a graceful stop on SIGTERM and SIGINT. */
import { once } from 'node:events';
import { messageOf } from '../domain/errors.ts';
import { loadConfig } from '../wiring/config.ts';
import { createLogger } from '../wiring/log.ts';
import { beginProcess } from '../wiring/process.ts';
import { startGateway } from './start.ts';

beginProcess(process.env);
try {
  const config = loadConfig(process.env);
  const logger = createLogger(config);
  const asked = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const gateway = await startGateway(config, logger);
  logger.info({ url: gateway.url }, 'gateway.started');
  process.send?.('ready');
  await asked;
  await gateway.stop();
  logger.info({}, 'gateway.stopped');
} catch (error) {
  process.stderr.write(`chatlake gateway: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
