/** chatlake itself on one machine: gateway, worker and dashboard in this process, watched as one. */
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { isEmulated } from '../cli/demo.ts';
import { startDashboard } from '../dashboard/server.ts';
import { startGateway } from '../gateway/start.ts';
import { type Config, type Environment, loadConfig } from '../wiring/config.ts';
import { openInstruments } from '../wiring/instruments.ts';
import { activityLog } from '../wiring/log.ts';
import { coreMetricsAddress, freePort } from '../wiring/metrics-server.ts';
import { KEY_FILE, type StackFile, stackEnvironment } from '../wiring/stack-file.ts';
import { openTelegram } from '../wiring/telegram.ts';
import { installRuntime, startWorker } from '../workers/worker.ts';
import type { StartOptions } from './parts/index.ts';

/** All three, running. */
export interface Roles {
  readonly config: Config;
  /** Settles when the worker ends, whatever ended it. */
  readonly workerEnded: Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts all three and says where they are. Those that started are stopped again if any of them fails. */
export async function startRoles(options: StartOptions, stack: StackFile): Promise<Roles> {
  const { dir, log } = options;
  const config = await configOf(options, stack);
  const logFile = join(dir, 'logs/worker.log');
  const logger = pino(
    { level: config.LOG_LEVEL, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(logFile),
  );
  const coreMetrics = await coreMetricsAddress(config);
  installRuntime(logger, coreMetrics);
  const instruments = await openInstruments(config, activityLog(logger), 'chatlake');
  const opened: (() => Promise<unknown>)[] = [() => instruments.close()];
  const stop = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    const gateway = await startGateway({ ...config, ...gatewayKeys(stack) }, logger, { instruments });
    opened.push(() => gateway.stop());
    // A webhook is set once the gateway can answer.
    if (isEmulated(config)) {
      const { api, webhook } = openTelegram(config);
      await api.setWebhook(webhook());
    }
    const worker = await startWorker(config, logger, { consume: true, instruments, coreMetrics });
    opened.push(() => (worker.stop(), worker.done));
    const dashboard = await startDashboard(config, logger);
    opened.push(() => dashboard.stop());
    log(
      `dashboard at ${dashboard.url}, gateway at ${gateway.url}, worker on task queue ${config.CHATLAKE_TASK_QUEUE}; metrics at ${worker.metricsUrl ?? 'no port'}/metrics; their log: ${logFile}`,
    );
    return { config, workerEnded: worker.done, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function configOf({ dir, env }: StartOptions, stack: StackFile): Promise<Config> {
  return loadConfig({
    WORK_DIR: join(dir, 'work'),
    IMPORT_DIR: join(dir, 'imports'),
    // Somebody is watching; every start of a run costs the same, however little it finds.
    LIVE_INTERVAL_MS: '3000',
    METRICS_PORT: String(await freePort()),
    ...telegramMode(env, stack),
    ...env,
    ...stackEnvironment(stack),
    ...keyOf(dir, env),
  });
}

/** The emulator posts to the gateway; the real Bot API can only where the gateway has a public address, else its updates are polled. */
function telegramMode(env: NodeJS.ProcessEnv, { telegram, gateway }: StackFile): Environment {
  if (telegram.apiRoot.startsWith('http:')) return { TELEGRAM_MODE: 'webhook', TELEGRAM_WEBHOOK_URL: gateway.url };
  return { TELEGRAM_MODE: env['TELEGRAM_WEBHOOK_URL'] ? 'webhook' : 'polling' };
}

/** The gateway's own keys of the store, where it has some. */
const gatewayKeys = ({ s3 }: StackFile): Partial<Pick<Config, 'S3_ACCESS_KEY_ID' | 'S3_SECRET_ACCESS_KEY'>> =>
  s3.gateway === undefined
    ? {}
    : { S3_ACCESS_KEY_ID: s3.gateway.accessKeyId, S3_SECRET_ACCESS_KEY: s3.gateway.secretAccessKey };

/** The lake's pseudonym key: the environment's, else the folder's, made at its first start and never again. */
function keyOf(dir: string, env: NodeJS.ProcessEnv): { PSEUDONYM_KEY_FILE?: string } {
  if (env['PSEUDONYM_KEY'] !== undefined || env['PSEUDONYM_KEY_FILE'] !== undefined) return {};
  const path = join(dir, KEY_FILE);
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  return { PSEUDONYM_KEY_FILE: path };
}
