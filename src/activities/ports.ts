/** What activities are handed: every outside system behind its port, and the named limits. */
import type { Alerter } from '../adapters/alert/alerter.ts';
import type { Announcer } from '../adapters/announce/announcer.ts';
import type { Broker, BatchLimits, SubscriptionOptions } from '../adapters/broker/broker.ts';
import type { Checkpoints } from '../adapters/delta/checkpoints.ts';
import type { DeltaLogs } from '../adapters/delta/log.ts';
import type { DocumentStore } from '../adapters/documents/document-store.ts';
import type { Engine } from '../adapters/engine/engine.ts';
import type { ParquetReader } from '../adapters/engine/reader.ts';
import type { Rewriter } from '../adapters/engine/rewriter.ts';
import type { LocalCache } from '../adapters/object-store/local-cache.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import type { OpenExport } from '../adapters/telegram/export-reader.ts';
import type { BotApi, WebhookRequest } from '../adapters/telegram/bot-api.ts';
import type { Tracer } from '../adapters/trace/tracer.ts';
import type { Contract } from '../domain/contracts/contract.ts';
import type { CodeVersion } from '../domain/code.ts';
import { PermanentError } from '../domain/errors.ts';
import type { Source } from '../domain/layout.ts';
import type { ChunkLimits } from '../domain/seal.ts';

/** How one source is consumed from a broker. */
export interface SubscriptionConfig {
  readonly name: string;
  readonly source: Source;
  /** Prefix of transport ids: message ids are unique per broker only. */
  readonly brokerName: string;
  readonly options: SubscriptionOptions;
  readonly batch: BatchLimits;
}

export interface ActivityLimits {
  readonly chunk: ChunkLimits;
  /** Rows and dates of one `compress` call. */
  readonly rowsPerList: number;
  readonly datesPerList: number;
  /** Ledger entries that one call of a projection applies. */
  readonly entriesPerCall: number;
}

/** Facts for the log: one line per batch and step, never bodies. */
export interface Log {
  info(event: string, facts: Readonly<Record<string, unknown>>): void;
  warn(event: string, facts: Readonly<Record<string, unknown>>): void;
}

/** The bot of this process. */
export interface TelegramBot {
  readonly api: BotApi;
  /** How its webhook is set. Throws SetupError when its address or secret is not configured. */
  readonly webhook: () => WebhookRequest;
}

export interface Ports {
  readonly store: ObjectStore;
  readonly cache: LocalCache;
  readonly logs: DeltaLogs;
  readonly checkpoints: Checkpoints;
  readonly engine: Engine;
  readonly reader: ParquetReader;
  readonly rewriter: Rewriter;
  readonly documents: DocumentStore;
  readonly broker: Broker;
  readonly subscriptions: readonly SubscriptionConfig[];
  /** Tells the live runs of new raw objects. */
  readonly announcer: Announcer;
  /** Wakes a person. */
  readonly alerter: Alerter;
  readonly tracer: Tracer;
  readonly openExport: OpenExport;
  /** Numeric id of the Telegram bot of this lake, where it has one. */
  readonly botId: string | undefined;
  /** Absent: no token is configured. */
  readonly telegram?: TelegramBot;
  readonly contracts: ReadonlyMap<Source, Contract>;
  readonly chatlakeVersion: string;
  readonly limits: ActivityLimits;
  readonly log: Log;
  readonly now: () => number;
  /** Whether this namespace of Temporal knows our search attributes. */
  readonly searchAttributes: boolean;
  /** Address of the Temporal UI, where one is configured. */
  readonly temporalUi: string | undefined;
}

/** The contract of a source. Throws PermanentError naming the sources there are. */
export function contractOf(ports: Pick<Ports, 'contracts'>, source: Source): Contract {
  const contract = ports.contracts.get(source);
  if (contract === undefined)
    throw new PermanentError(`"${source}" is not a source; there are: ${[...ports.contracts.keys()].join(', ')}`);
  return contract;
}

/** What decides for a source in this process. */
export function codeOf(ports: Pick<Ports, 'chatlakeVersion' | 'engine'>, contract: Contract): CodeVersion {
  return {
    chatlake: ports.chatlakeVersion,
    contract: [contract.source, contract.version, contract.variant].filter((word) => word !== '').join('-'),
    engine: ports.engine.version,
  };
}
