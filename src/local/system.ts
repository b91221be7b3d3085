/** The whole system on one machine: parts, their stack file, the pseudonym key, and a worker in this process. */
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Config, loadConfig } from '../wiring/config.ts';
import { KEY_FILE, type StackFile, stackEnvironment } from '../wiring/stack-file.ts';
import { installRuntime, startWorker } from '../workers/worker.ts';
import { type StartOptions, partsTable, startParts } from './parts/index.ts';

export interface System {
  readonly config: Config;
  readonly stack: StackFile;
  readonly dir: string;
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
      // Somebody is watching.
      LIVE_INTERVAL_MS: '2000',
      ...options.env,
      ...stackEnvironment(parts.stack),
      ...keyOf(options),
    });
    const logger = pino(
      { level: config.LOG_LEVEL, base: null, timestamp: pino.stdTimeFunctions.isoTime },
      pino.destination(join(dir, 'logs/worker.log')),
    );
    installRuntime(logger);
    const worker = await startWorker(config, logger, { consume: true });
    log(`worker started on task queue ${config.CHATLAKE_TASK_QUEUE}; its log: ${join(dir, 'logs/worker.log')}`);
    return {
      config,
      dir,
      stack: parts.stack,
      workerEnded: worker.done,
      stop: async () => {
        worker.stop();
        await worker.done;
        rmSync(file, { force: true });
        await parts.stop();
      },
    };
  } catch (error) {
    await parts.stop();
    throw error;
  }
}

/** The lake's pseudonym key: the environment's, else the folder's, made at its first start and never again. */
function keyOf({ dir, env }: StartOptions): { PSEUDONYM_KEY_FILE?: string } {
  if (env['PSEUDONYM_KEY'] !== undefined || env['PSEUDONYM_KEY_FILE'] !== undefined) return {};
  const path = join(dir, KEY_FILE);
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  return { PSEUDONYM_KEY_FILE: path };
}
