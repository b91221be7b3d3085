/** The whole system on one machine: parts, their stack file, the pseudonym key, and gateway, worker and dashboard in this process. */
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { isEmulated } from '../cli/demo.ts';
import { startDashboard } from '../dashboard/server.ts';
import { startGateway } from '../gateway/start.ts';
import { type Config, type Environment, loadConfig } from '../wiring/config.ts';
import { openInstruments } from '../wiring/instruments.ts';
import { activityLog } from '../wiring/log.ts';
import { KEY_FILE, type StackFile, stackEnvironment } from '../wiring/stack-file.ts';
import { openTelegram } from '../wiring/telegram.ts';
import { coreMetricsAddress, freePort } from '../wiring/metrics-server.ts';
import { installRuntime, startWorker } from '../workers/worker.ts';
import { type StartOptions, partsTable, startParts } from './parts/index.ts';

export interface System {
  readonly config: Config;
  readonly stack: StackFile;
  readonly dir: string;
  /** Seconds each part took. */
  readonly took: Readonly<Record<string, number>>;
  /** Settles when the worker ends, whatever ended it. */
  readonly workerEnded: Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts everything and prints the table of parts. What it started is stopped again if any of it fails. */
export async function startSystem(options: StartOptions): Promise<System> {
  const { dir, log } = options;
  const parts = await startParts(options);
  try {
    log(partsTable(parts.choices));
    for (const note of parts.notes) log(`note: ${note}`);
    const file = join(dir, 'stack.json');
    writeFileSync(file, `${JSON.stringify(parts.stack, null, 2)}\n`, { mode: 0o600 });
    const config = loadConfig({
      WORK_DIR: join(dir, 'work'),
      IMPORT_DIR: join(dir, 'imports'),
      // Somebody is watching; every start of a run costs the same, however little it finds.
      LIVE_INTERVAL_MS: '3000',
      METRICS_PORT: String(await freePort()),
      ...telegramMode(options.env, parts.stack),
      ...options.env,
      ...stackEnvironment(parts.stack),
      ...keyOf(options),
    });
    const logger = pino(
      { level: config.LOG_LEVEL, base: null, timestamp: pino.stdTimeFunctions.isoTime },
      pino.destination(join(dir, 'logs/worker.log')),
    );
    const coreMetrics = await coreMetricsAddress(config);
    installRuntime(logger, coreMetrics);
    // One process, watched as one.
    const instruments = await openInstruments(config, activityLog(logger), 'chatlake');
    const gateway = await startGateway({ ...config, ...gatewayKeys(parts.stack) }, logger, { instruments });
    // A webhook is set once the gateway can answer.
    if (isEmulated(config)) {
      const { api, webhook } = openTelegram(config);
      await api.setWebhook(webhook());
    }
    const worker = await startWorker(config, logger, { consume: true, instruments, coreMetrics }).catch(
      async (error: unknown) => {
        await gateway.stop();
        throw error;
      },
    );
    const dashboard = await startDashboard(config, logger).catch(async (error: unknown) => {
      await gateway.stop();
      worker.stop();
      await worker.done;
      throw error;
    });
    log(
      `dashboard at ${dashboard.url}, gateway at ${gateway.url}, worker on task queue ${config.CHATLAKE_TASK_QUEUE}; metrics at ${worker.metricsUrl ?? 'no port'}/metrics; their log: ${join(dir, 'logs/worker.log')}`,
    );
    return {
      config,
      dir,
      stack: parts.stack,
      took: parts.took,
      workerEnded: worker.done,
      stop: async () => {
        await dashboard.stop();
        await gateway.stop();
        worker.stop();
        await worker.done;
        await instruments.close();
        rmSync(file, { force: true });
        await parts.stop();
      },
    };
  } catch (error) {
    await parts.stop();
    throw error;
  }
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
function keyOf({ dir, env }: StartOptions): { PSEUDONYM_KEY_FILE?: string } {
  if (env['PSEUDONYM_KEY'] !== undefined || env['PSEUDONYM_KEY_FILE'] !== undefined) return {};
  const path = join(dir, KEY_FILE);
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  return { PSEUDONYM_KEY_FILE: path };
}
