/** Configuration → adapters → ports: the only place that constructs. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log, Ports, SubscriptionConfig } from '../activities/ports.ts';
import { createStompBroker } from '../adapters/broker/stomp.ts';
import { deltaLogs } from '../adapters/delta/log.ts';
import { createMongoDocuments } from '../adapters/documents/mongodb.ts';
import { createDuckDbEngine } from '../adapters/engine/duckdb/index.ts';
import { createNodeEngine } from '../adapters/engine/node/index.ts';
import { createParquetReader } from '../adapters/engine/reader.ts';
import { createDirectoryStore } from '../adapters/object-store/directory.ts';
import { createLocalCache } from '../adapters/object-store/local-cache.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { probeStore } from '../adapters/object-store/probe.ts';
import { createS3Store } from '../adapters/object-store/s3.ts';
import { CONTRACTS } from '../domain/contracts/index.ts';
import { DESK } from '../domain/contracts/desk.ts';
import type { Config } from './config.ts';
import { checkKey, parseKey } from './pseudonym-key.ts';
import { CHATLAKE_VERSION } from './version.ts';

const MB = 1_048_576;
const HEARTBEAT_MS = 10_000;
const TIMEOUT_MS = 5_000;

/** The object store a configuration names. */
export function openStore(config: Config): ObjectStore {
  const { S3_ENDPOINT: endpoint, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = config;
  if (endpoint?.startsWith('file:') === true)
    return createDirectoryStore(join(fileURLToPath(endpoint), config.S3_BUCKET));
  return createS3Store({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey } }),
    region: config.S3_REGION,
    bucket: config.S3_BUCKET,
    requestTimeoutMs: 60_000,
  });
}

/** The desk's subscription. */
export function deskSubscription(config: Config): SubscriptionConfig {
  return {
    name: DESK.source,
    source: DESK.source,
    brokerName: config.BROKER_NAME,
    batch: {
      maxMessages: config.BATCH_MAX_MESSAGES,
      maxBytes: config.BATCH_MAX_BYTES,
      maxWaitMs: config.BATCH_MAX_WAIT_MS,
    },
    options: {
      urls: config.STOMP_URL.split(',').map((url) => url.trim()),
      login: config.STOMP_LOGIN,
      passcode: config.STOMP_PASSCODE ?? '',
      destination: config.STOMP_DESTINATION,
      clientId: config.STOMP_CLIENT_ID,
      subscriptionName: config.STOMP_SUBSCRIPTION_NAME,
      prefetch: Math.max(config.STOMP_PREFETCH, 2 * config.BATCH_MAX_MESSAGES),
      heartbeatMs: HEARTBEAT_MS,
      connectTimeoutMs: TIMEOUT_MS,
    },
  };
}

export interface OpenPorts {
  readonly ports: Ports;
  readonly close: () => Promise<void>;
}

/** What a caller may put in place of what the configuration says: a store that injects faults, a clock. */
export type Overrides = Partial<Pick<Ports, 'store' | 'now' | 'subscriptions' | 'limits'>>;

/** Opens every port. Throws SetupError unless the store honours conditional puts and the pseudonym key is the lake's. */
export async function openPorts(config: Config, log: Log, overrides: Overrides = {}): Promise<OpenPorts> {
  const key = parseKey(config.PSEUDONYM_KEY);
  const store = overrides.store ?? openStore(config);
  await probeStore(store);
  await checkKey(store, key);
  await mkdir(config.WORK_DIR, { recursive: true, mode: 0o700 });
  const limits = { memoryMb: config.ENGINE_MEMORY_MB, threads: config.ENGINE_THREADS };
  const documents = createMongoDocuments({
    uri: config.MONGODB_URI,
    database: config.MONGODB_DATABASE,
    timeoutMs: TIMEOUT_MS,
  });
  const ports: Ports = {
    store,
    cache: await createLocalCache(store, config.WORK_DIR, config.CACHE_MAX_MB * MB),
    logs: deltaLogs(store),
    engine: config.ENGINE === 'node' ? createNodeEngine(key) : createDuckDbEngine(limits, key),
    reader: createParquetReader(limits),
    documents,
    broker: createStompBroker(),
    subscriptions: [deskSubscription(config)],
    contracts: CONTRACTS,
    chatlakeVersion: CHATLAKE_VERSION,
    limits: {
      chunk: { maxLines: config.ETL_CHUNK_LINES, maxBytes: 64 * MB },
      rowsPerList: 500_000,
      datesPerList: 200,
      entriesPerCall: 50,
    },
    log,
    now: Date.now,
    ...overrides,
  };
  return { ports, close: () => documents.close() };
}
