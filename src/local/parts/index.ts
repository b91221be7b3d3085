/** Finds or fetches the real parts (Temporal, S3, MongoDB, ActiveMQ, Telegram), runs them on this machine, and stops them. */
import { chmodSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { SetupError, messageOf } from '../../domain/errors.ts';
import { findJava } from './activemq.ts';
import { brokerByAddress, planBroker, startBroker } from './broker.ts';
import { openChildren } from './children.ts';
import type { PartContext, ReadyPart } from './context.ts';
import { partsList } from './list.ts';
import { startMongodb } from './mongodb-server.ts';
import { mongodbByAddress, planMongodb } from './mongodb.ts';
import { createPortBook } from './ports.ts';
import { findPython } from './python.ts';
import { openRefusals } from './refusals.ts';
import { planS3, s3ByAddress, startS3 } from './s3.ts';
import { secretsOf } from './secrets.ts';
import { type TelegramPart, startTelegram } from './telegram.ts';
import { planTemporal, startTemporal, temporalByAddress } from './temporal.ts';
import type { RunningParts, StartOptions } from './types.ts';
import { type Plan, take } from './ways.ts';

export { partsTable } from './table.ts';
export type { PartChoice, RunningParts, StackFile, StartOptions } from './types.ts';

/** What is here is known, and nothing of it runs yet. */
export interface PlannedParts {
  /**
   * Fetches what is not here, starts all parts at once and resolves when each accepts clients. If one cannot be had or does not
   * start, the others are stopped again. Nothing it starts outlives this process, even when this process is killed.
   */
  start(): Promise<RunningParts>;
}

export const startParts = async (options: StartOptions): Promise<RunningParts> => (await planParts(options)).start();

/** Looks at all that is here before anything is fetched, and prints it; from then on the folder is in use. */
export async function planParts(options: StartOptions): Promise<PlannedParts> {
  const { env, log } = options;
  const dir = resolve(options.dir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700); // it may have been there before
  const children = await openChildren(dir, log);
  const ports = createPortBook(options.preferredPorts, options.ports);
  const refusals = openRefusals(env, options.retry ?? false);
  const context: PartContext = { dir, env, log, ports, children, secrets: secretsOf(dir), refusals };
  try {
    await ports.check();
    const starters = await plan(context);
    return { start: () => startAll(context, starters) };
  } catch (error) {
    await children.stopAll();
    throw error;
  }
}

async function startAll(context: PartContext, starters: Starters): Promise<RunningParts> {
  const { children, ports } = context;
  let telegram: TelegramPart | undefined;
  const stop = async (): Promise<void> => {
    await telegram?.stop();
    await children.stopAll();
  };
  try {
    // Its notice about a later end of Node 20 support would otherwise be the first thing a new user reads.
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
    const took: Record<string, number> = {};
    const [temporal, s3, mongodb, stomp, bot, pages] = await allOf([
      timed('Temporal', took, starters.temporal),
      timed('S3', took, starters.s3),
      timed('MongoDB', took, starters.mongodb),
      timed('ActiveMQ', took, starters.broker),
      startTelegram(context).then((part) => (telegram = part)),
      ports.claim('pages', 8080, 'the dashboard'),
    ]);
    const entries = { temporal: temporal.entry, s3: s3.entry, mongodb: mongodb.entry, stomp: stomp.entry };
    return {
      stack: { ...entries, ...bot.entry, dashboard: { url: `http://127.0.0.1:${pages}` } },
      choices: [temporal, s3, mongodb, stomp, bot].map(({ choice }) => choice),
      notes: ports.notes,
      took,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Starters = Awaited<ReturnType<typeof plan>>;

/** How each part will be had; an address from the environment always wins. */
async function plan(context: PartContext) {
  const { env } = context;
  const [python, java] = await Promise.all([findPython(env), findJava(env)]);
  const address = (name: string): string | undefined => env[name] || undefined;
  const addresses = {
    temporal: address('TEMPORAL_ADDRESS'),
    s3: address('S3_ENDPOINT'),
    mongodb: address('MONGODB_URI'),
    broker: address('STOMP_URL'),
  };
  const mongodb = planMongodb(context, python);
  const broker = planBroker(context, java, python);
  const [temporal, s3] = await Promise.all([planTemporal(context, python), planS3(context, python)]);
  const own: Plan[] = [];
  if (addresses.temporal === undefined) own.push(temporal);
  if (addresses.s3 === undefined) own.push(s3);
  if (addresses.mongodb === undefined) own.push(mongodb);
  if (addresses.broker === undefined) own.push(broker);
  if (own.length > 0) context.log(partsList(own, context));
  return {
    temporal: () =>
      addresses.temporal === undefined
        ? take(temporal, context, (program, why) => startTemporal(context, program, why))
        : temporalByAddress(env, addresses.temporal),
    s3: () =>
      addresses.s3 === undefined
        ? take(s3, context, (program, why) => startS3(context, program, why))
        : s3ByAddress(env, addresses.s3),
    mongodb: () =>
      addresses.mongodb === undefined
        ? take(mongodb, context, (program, why) => startMongodb(context, program, why))
        : mongodbByAddress(env, addresses.mongodb),
    broker: () =>
      addresses.broker === undefined
        ? take(broker, context, (program, why) => startBroker(context, program, why))
        : brokerByAddress(env, addresses.broker),
  };
}

/** Whoever has to mend something should hear of all of it at once, so every part is waited for. */
async function allOf<T extends readonly unknown[]>(parts: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const settled = await Promise.allSettled(parts);
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new SetupError(errors.map(messageOf).join('; and '));
  return Promise.all(parts);
}

async function timed<Entry>(
  part: string,
  took: Record<string, number>,
  start: () => Promise<ReadyPart<Entry>>,
): Promise<ReadyPart<Entry>> {
  const started = performance.now();
  const ready = await start();
  took[part] = (performance.now() - started) / 1000;
  return ready;
}
