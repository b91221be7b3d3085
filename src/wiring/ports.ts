/** Configuration → adapters → ports: the only place that constructs. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ports, SubscriptionConfig, TelegramBot } from '../activities/ports.ts';
import type { Log } from '../observe/events.ts';
import type { Publisher } from '../adapters/broker/broker.ts';
import { connectPublisher } from '../adapters/broker/publisher.ts';
import { createStompBroker } from '../adapters/broker/stomp.ts';
import { createCheckpointFormat } from '../adapters/delta/checkpoint-format.ts';
import { createCheckpoints } from '../adapters/delta/checkpoints.ts';
import { deltaLogs } from '../adapters/delta/log.ts';
import { createMongoDocuments } from '../adapters/documents/mongodb.ts';
import { cleanseContext } from '../adapters/engine/context.ts';
import { createDuckDbEngine } from '../adapters/engine/duckdb/index.ts';
import { createNodeEngine } from '../adapters/engine/node/index.ts';
import { createParquetReader } from '../adapters/engine/reader.ts';
import { createRewriter } from '../adapters/engine/rewriter.ts';
import { createLocalCache } from '../adapters/object-store/local-cache.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { probeStore } from '../adapters/object-store/probe.ts';
import { createRetryingStore } from '../adapters/object-store/retrying.ts';
import { exportsIn } from '../adapters/telegram/import-folder.ts';
import { clearPrefixes } from '../domain/formats/clear-text.ts';
import type { CleanseContext } from '../domain/judge/judged.ts';
import { CONTRACTS, contractsWith } from '../domain/sources/index.ts';
import { DESK } from '../domain/sources/desk/contract.ts';
import type { Config } from './config.ts';
import { type Instruments, openInstruments } from './instruments.ts';
import { checkKey, parseKey } from './pseudonym-key.ts';
import { botIdOf, openTelegram, telegramOptions } from './telegram.ts';
import { snapshotsOf } from './snapshots.ts';
import { openPatientStore, openStore } from './store.ts';
import { openAnnouncer } from './temporal.ts';
import { CHATLAKE_VERSION } from './version.ts';

const MB = 1_048_576;
const HEARTBEAT_MS = 10_000;
const TIMEOUT_MS = 5_000;

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
      prefetchBytes: config.STOMP_PREFETCH_BYTES,
      heartbeatMs: HEARTBEAT_MS,
      connectTimeoutMs: TIMEOUT_MS,
    },
  };
}

/** What reading the lake needs: no broker, no key. */
export type Readers = Pick<Ports, 'store' | 'cache' | 'checkpoints' | 'logs' | 'reader' | 'documents' | 'contracts'>;

export interface Opened<T> {
  readonly ports: T;
  readonly close: () => Promise<void>;
}

/** Opens what reading needs. Throws SetupError when a part is named wrongly; nothing is written. */
export async function openReaders(
  config: Config,
  store: ObjectStore = openPatientStore(config),
): Promise<Opened<Readers>> {
  await mkdir(config.WORK_DIR, { recursive: true, mode: 0o700 });
  const documents = createMongoDocuments({
    uri: config.MONGODB_URI,
    database: config.MONGODB_DATABASE,
    timeoutMs: TIMEOUT_MS,
  });
  // By the contracts with everything switched on: texts that were kept once are texts where they are kept no more.
  const clear = clearPrefixes(CONTRACTS.values());
  const cache = await createLocalCache(store, config.WORK_DIR, config.CACHE_MAX_MB * MB, clear);
  const checkpoints = createCheckpoints(store, createCheckpointFormat(engineLimits(config), cache));
  const ports: Readers = {
    store,
    cache,
    checkpoints,
    logs: deltaLogs(store, checkpoints),
    reader: createParquetReader(engineLimits(config)),
    documents,
    contracts: contractsWith(telegramOptions(config)),
  };
  return { ports, close: () => documents.close() };
}

/** What judging a line for a look needs: its pseudonyms are under no lake's key. */
export const dryContext = (): CleanseContext => cleanseContext({ id: 'dry', secret: new Uint8Array(32) });

const engineLimits = (config: Config) => ({ memoryMb: config.ENGINE_MEMORY_MB, threads: config.ENGINE_THREADS });

/** What a caller may put in place of what the configuration says: a store that injects faults, a clock, other contracts. */
export type Overrides = Partial<
  Pick<Ports, 'store' | 'now' | 'subscriptions' | 'limits' | 'announcer' | 'searchAttributes' | 'contracts'>
>;

/** Opens every port, watched by `given` instruments or its own. Throws SetupError unless the store honours conditional puts and the pseudonym key is the lake's. */
export async function openPorts(
  config: Config,
  ownLog: Log,
  overrides: Overrides = {},
  given?: Instruments,
): Promise<Opened<Ports>> {
  const instruments = given ?? (await openInstruments(config, ownLog, 'chatlake'));
  const { log, alerter, tracer } = instruments;
  const key = parseKey(config.PSEUDONYM_KEY);
  const store = createRetryingStore(instruments.store(overrides.store ?? openStore(config)));
  await probeStore(store);
  await checkKey(store, key);
  const readers = await openReaders(config, store);
  const announcer = overrides.announcer ?? openAnnouncer(config, log, tracer);
  const subscriptions = overrides.subscriptions ?? [deskSubscription(config)];
  const ports: Ports = {
    ...readers.ports,
    engine: config.ENGINE === 'node' ? createNodeEngine(key) : createDuckDbEngine(engineLimits(config), key),
    rewriter: createRewriter(engineLimits(config)),
    broker: instruments.broker(createStompBroker(), subscriptions),
    subscriptions,
    announcer,
    alerter,
    tracer,
    openSnapshot: await snapshotsOf(config, join(config.WORK_DIR, 'snapshots')),
    openExport: exportsIn(config.IMPORT_DIR),
    botId: botIdOf(config),
    ...(config.TELEGRAM_BOT_TOKEN === undefined ? {} : { telegram: watchedTelegram(config, instruments) }),
    chatlakeVersion: CHATLAKE_VERSION,
    limits: {
      chunk: { maxLines: config.ETL_CHUNK_LINES, maxBytes: 512 * MB },
      rowsPerRange: 1_000_000,
    },
    log,
    now: Date.now,
    // Known only to who has asked the namespace.
    searchAttributes: false,
    temporalUi: config.TEMPORAL_UI_URL,
    ...overrides,
    store,
    documents: instruments.documents(readers.ports.documents),
  };
  const close = async (): Promise<void> => {
    await announcer.close();
    await readers.close();
    if (given === undefined) await instruments.close();
  };
  return { ports, close };
}

function watchedTelegram(config: Config, instruments: Instruments): TelegramBot {
  const telegram = openTelegram(config);
  return { ...telegram, api: instruments.bot(telegram.api) };
}

/** A publisher as the desk is one: the demo, `chatlake send`. */
export const openPublisher = (config: Config): Promise<Publisher> => {
  const { urls, login, passcode, connectTimeoutMs } = deskSubscription(config).options;
  return connectPublisher({
    urls,
    login: config.STOMP_SEND_LOGIN ?? login,
    passcode: config.STOMP_SEND_PASSCODE ?? passcode,
    destination: config.STOMP_SEND_DESTINATION,
    connectTimeoutMs,
  });
};
