/** Finds or fetches the real parts (Temporal, S3, MongoDB, ActiveMQ, Telegram), runs them on this machine, and stops them. */
import { chmodSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { startActivemq } from './activemq.ts';
import { openChildren } from './children.ts';
import type { PartContext } from './context.ts';
import { startMongodb } from './mongodb.ts';
import { createPortBook } from './ports.ts';
import { startS3 } from './s3.ts';
import { secretsOf } from './secrets.ts';
import { type TelegramPart, startTelegram } from './telegram.ts';
import { startTemporal } from './temporal.ts';
import type { RunningParts, StartOptions } from './types.ts';

export { partsTable } from './table.ts';
export type { PartChoice, RunningParts, StackFile, StartOptions } from './types.ts';

/**
 * Starts all parts at once and resolves when each accepts clients. If one cannot be had or does not start,
 * the others are stopped again. Nothing it starts outlives this process, even when this process is killed.
 */
export async function startParts(options: StartOptions): Promise<RunningParts> {
  const { env, log } = options;
  const dir = resolve(options.dir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700); // it may have been there before
  const children = await openChildren(dir, log);
  let telegram: TelegramPart | undefined;
  const stop = async (): Promise<void> => {
    await telegram?.stop();
    await children.stopAll();
  };
  try {
    const ports = createPortBook(options.preferredPorts);
    const context: PartContext = { dir, env, log, ports, children, secrets: secretsOf(dir) };
    telegram = await startTelegram(context);
    const [temporal, s3, mongodb, stomp] = await Promise.all([
      startTemporal(context),
      startS3(context),
      startMongodb(context),
      startActivemq(context),
    ]);
    return {
      stack: {
        temporal: temporal.entry,
        s3: s3.entry,
        mongodb: mongodb.entry,
        stomp: stomp.entry,
        ...telegram.entry,
      },
      choices: [temporal.choice, s3.choice, mongodb.choice, stomp.choice, telegram.choice],
      notes: ports.notes,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
