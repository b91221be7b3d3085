/** How every process reaches Temporal: as its official tools read the environment (address, TLS, API key, profile file). */
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Log } from '../observe/events.ts';
import type { Announcer } from '../adapters/announce/announcer.ts';
import { createTemporalAnnouncer } from '../adapters/announce/temporal.ts';
import { NO_TRACER, type Tracer } from '../observe/trace/tracer.ts';
import { SetupError, messageOf } from '../domain/errors.ts';
import type { Config } from './config.ts';
import { GUARDED } from './payload-guard.ts';

const TIMEOUT_MS = 5_000;

/** Options for Connection and NativeConnection alike. */
export const temporalConnection = (config: Config) =>
  loadClientConnectConfig({ overrideEnvVars: { ...config.temporal } }).connectionOptions;

/** Announces new raw objects to the live runs. Temporal need not be there: nothing is dialled before the first announcement. */
export const openAnnouncer = (config: Config, log: Log, tracer: Tracer = NO_TRACER): Announcer =>
  createTemporalAnnouncer({
    connection: temporalConnection(config),
    namespace: config.TEMPORAL_NAMESPACE,
    taskQueue: config.CHATLAKE_TASK_QUEUE,
    intervalMs: config.LIVE_INTERVAL_MS,
    log,
    tracer,
  });

/** A Temporal client. */
export async function openClient(
  config: Config,
): Promise<{ readonly client: Client; readonly close: () => Promise<void> }> {
  try {
    const connection = await Connection.connect({ ...temporalConnection(config), connectTimeout: TIMEOUT_MS });
    return {
      client: new Client({ connection, namespace: config.TEMPORAL_NAMESPACE, dataConverter: GUARDED }),
      close: () => connection.close(),
    };
  } catch (error) {
    throw new SetupError(
      `Temporal does not answer at ${config.TEMPORAL_ADDRESS}: ${messageOf(error)}; start it, or set TEMPORAL_ADDRESS.`,
      { cause: error },
    );
  }
}

/** Uses a Temporal client once. */
export async function withClient<T>(config: Config, use: (client: Client) => Promise<T>): Promise<T> {
  const { client, close } = await openClient(config);
  try {
    return await use(client);
  } finally {
    await close();
  }
}
