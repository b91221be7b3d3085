/** A lake of a test's own in the real parts: bucket, database, topic and queue, Temporal namespace. Nothing of it meets another test. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type Client, Connection, ScheduleNotFoundError } from '@temporalio/client';
import { MongoClient } from 'mongodb';
import { type Logger, pino } from 'pino';
import type { Announcer } from '../../src/adapters/announce/announcer.ts';
import { NO_TRACER } from '../../src/observe/trace/tracer.ts';
import type { EtlInput } from '../../src/domain/inputs/etl.ts';
import { type Config, type Environment, loadConfig } from '../../src/wiring/config.ts';
import { SCHEDULES } from '../../src/wiring/schedules.ts';
import { type Overrides, type Readers, openReaders } from '../../src/wiring/ports.ts';
import { openAnnouncer, openClient } from '../../src/wiring/temporal.ts';
import { stackEnvironment } from '../../src/wiring/stack-file.ts';
import { coreMetricsAddress } from '../../src/wiring/metrics-server.ts';
import { installRuntime, startWorker } from '../../src/workers/worker.ts';
import type { EtlResult } from '../../src/workflows/etl.ts';
import { stack, uniqueName } from './stack.ts';
import { until } from './until.ts';

export interface WorkerOptions {
  /** Starts the consume workflow too; off unless said otherwise. */
  readonly consume?: boolean;
  /** Announces what is consumed, so that live runs meet the test's own; off unless said otherwise. */
  readonly live?: boolean;
  /** What to put in place of the configured store, clock, limits: where a test injects its faults. */
  readonly overrides?: Overrides;
  /** Its roles, as WORKER_ROLES; all unless given. */
  readonly roles?: string;
  /** Where it logs; nowhere unless given. */
  readonly logger?: Logger;
}

export interface Lake {
  readonly config: Config;
  /** Reads the lake; what it holds in memory is its own, not a worker's. */
  readonly ports: Readers;
  readonly client: Client;
  /** A worker in this process with a cache of its own; several may run. The schedules it makes are paused. */
  startWorker(options?: WorkerOptions): Promise<{ stop(): Promise<void> }>;
  /** Runs `etl` to its end, under a fresh id. */
  etl(input?: EtlInput): Promise<EtlResult>;
  /** Stops the workers still running and removes what was made. */
  close(): Promise<void>;
}

/** The same in every test lake, so that two of them give the same bytes. */
export const TEST_KEY = createHash('sha256').update('the lakes of the tests').digest('hex');

/** Announces nothing: the hourly run, which tests start by hand, finds everything. What is decided is brought forward all the same. */
function silent(config: Config): Announcer {
  const log = { info: () => undefined, warn: () => undefined };
  return { ...openAnnouncer(config, log, NO_TRACER), announce: () => undefined };
}

const logger = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });
/** Installed once per process; where the SDK serves its metrics, if the first lake asked for them. */
let runtime: Promise<string | undefined> | undefined;

/**
 * Opens a lake. `changes` are variables as loadConfig reads them: smaller limits, or another lake's bucket, database or namespace
 * (what is given is used as it is, and left alone by `close`).
 */
export async function openLake(changes: Environment = {}): Promise<Lake> {
  const name = uniqueName('lake');
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-lake-'));
  const config = loadConfig({
    ...stackEnvironment(stack()),
    TEMPORAL_NAMESPACE: name,
    CHATLAKE_TASK_QUEUE: name,
    S3_BUCKET: name,
    MONGODB_DATABASE: name,
    STOMP_DESTINATION: `/queue/chatlake.desk.${name}`,
    STOMP_SEND_DESTINATION: `/topic/desk.${name}`,
    PSEUDONYM_KEY: TEST_KEY,
    // A lake has a bot only where a test gives it one.
    TELEGRAM_BOT_TOKEN: '',
    TELEGRAM_WEBHOOK_SECRET: '',
    WORK_DIR: join(dir, 'reader'),
    TELEGRAM_TEXTS: 'on',
    ...changes,
  });
  if (config.TEMPORAL_NAMESPACE === name) await registerNamespace(config);
  if (config.S3_BUCKET === name) await withBuckets(config, (s3) => s3.send(new CreateBucketCommand({ Bucket: name })));
  const { client, close: disconnect } = await openClient(config);
  const readers = await openReaders(config);
  const running = new Set<() => Promise<void>>();

  return {
    config,
    ports: readers.ports,
    client,
    async startWorker({ consume = false, live = false, overrides = {}, roles, logger: own = logger } = {}) {
      runtime ??= coreMetricsAddress(config).then((address) => {
        installRuntime(own, address);
        return address;
      });
      const coreMetrics = await runtime;
      const { WORKER_ROLES } = roles === undefined ? config : loadConfig({ WORKER_ROLES: roles });
      const mine = { ...config, WORKER_ROLES, WORK_DIR: join(dir, `worker-${randomUUID()}`) };
      const worker = await startWorker(mine, own, {
        consume,
        coreMetrics,
        overrides: live ? overrides : { announcer: silent(mine), ...overrides },
      });
      // A run of its own every hour would meet the tests' runs.
      await pauseSchedules(client);
      const stop = async (): Promise<void> => {
        running.delete(stop);
        worker.stop();
        await worker.done;
      };
      running.add(stop);
      return { stop };
    },
    etl: (input = {}) =>
      client.workflow.execute<(input: EtlInput) => Promise<EtlResult>>('etl', {
        workflowId: `etl-${randomUUID()}`,
        taskQueue: config.CHATLAKE_TASK_QUEUE,
        args: [input],
      }),
    async close() {
      await Promise.all([...running].map((stop) => stop()));
      await disconnect();
      await readers.close();
      if (config.MONGODB_DATABASE === name) await dropDatabase(config);
      if (config.S3_BUCKET === name)
        // A store that keeps full buckets keeps it until the end of the run.
        await withBuckets(config, (s3) => s3.send(new DeleteBucketCommand({ Bucket: name }))).catch(() => undefined);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Resolves once the desk's consumer is subscribed: what is published before, reaches no queue. */
export async function untilSubscribed({ client }: Pick<Lake, 'client'>): Promise<void> {
  await until(async () => {
    const { raw } = await client.workflow.getHandle('consume/desk').describe();
    const beat = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
    return beat !== undefined && beat !== null && Buffer.from(beat).includes('"subscribed":true');
  });
}

/** Pauses the schedules that a worker's start has made (one killed meanwhile has not made them all); a later start leaves them paused. */
export async function pauseSchedules(client: Client): Promise<void> {
  const pause = async ({ id }: { readonly id: string }): Promise<void> => {
    try {
      await client.schedule.getHandle(id).pause();
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  };
  await Promise.all(SCHEDULES.map(pause));
}

/** Registers the namespace and waits until the server's own cache knows it. */
async function registerNamespace({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace }: Config): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    for (let tries = 0; ; tries += 1) {
      try {
        await connection.workflowService.listOpenWorkflowExecutions({ namespace, maximumPageSize: 1 });
        return;
      } catch (error) {
        if (tries === 100) throw error;
        await sleep(200);
      }
    }
  } finally {
    await connection.close();
  }
}

/** A local directory needs no bucket. */
async function withBuckets(config: Config, use: (s3: S3Client) => Promise<unknown>): Promise<void> {
  const { S3_ENDPOINT: endpoint = '', S3_ACCESS_KEY_ID: accessKeyId = '', S3_SECRET_ACCESS_KEY: secret = '' } = config;
  if (endpoint.startsWith('file:')) return;
  const s3 = new S3Client({
    region: config.S3_REGION,
    endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey: secret },
  });
  try {
    await use(s3);
  } finally {
    s3.destroy();
  }
}

async function dropDatabase({ MONGODB_URI: uri, MONGODB_DATABASE: database }: Config): Promise<void> {
  const mongo = await MongoClient.connect(uri);
  try {
    await mongo.db(database).dropDatabase();
  } finally {
    await mongo.close();
  }
}
