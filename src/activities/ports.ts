/** What activities are handed: every outside system behind its port, and the named limits. */
import type { Alerter } from '../observe/alert/alerter.ts';
import type { Announcer } from '../adapters/announce/announcer.ts';
import type { Broker, BatchLimits, SubscriptionOptions } from '../adapters/broker/broker.ts';
import type { DocumentStore } from '../adapters/documents/document-store.ts';
import type { Snapshot } from '../adapters/engine/duckdb/snapshot.ts';
import type { Engine } from '../adapters/engine/engine.ts';
import type { OpenExport } from '../adapters/telegram/export-reader.ts';
import type { BotApi, WebhookRequest } from '../adapters/telegram/bot-api.ts';
import type { Tracer } from '../observe/trace/tracer.ts';
import type { Contract } from '../domain/sources/contract.ts';
import type { CodeVersion } from '../domain/formats/code.ts';
import type { Source } from '../domain/formats/layout.ts';
import type { ChunkLimits } from '../domain/formats/seal.ts';
import type { Lake } from '../lake/lake.ts';

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
  /** Rows of one `compress` call, and so about of one file. */
  readonly rowsPerRange: number;
}

/** The bot of this process. */
export interface TelegramBot {
  readonly api: BotApi;
  /** How its webhook is set. Throws SetupError when its address or secret is not configured. */
  readonly webhook: () => WebhookRequest;
}

/** Opens an empty copy of the lake, which reads what the cache brings. */
export type OpenSnapshot = () => Promise<Snapshot>;

export interface Ports extends Lake {
  readonly engine: Engine;
  readonly documents: DocumentStore;
  readonly broker: Broker;
  readonly subscriptions: readonly SubscriptionConfig[];
  /** Tells the live runs of new raw objects. */
  readonly announcer: Announcer;
  /** Wakes a person. */
  readonly alerter: Alerter;
  readonly tracer: Tracer;
  readonly openSnapshot: OpenSnapshot;
  readonly openExport: OpenExport;
  /** Numeric id of the Telegram bot of this lake, where it has one. */
  readonly botId: string | undefined;
  /** Absent: no token is configured. */
  readonly telegram?: TelegramBot;
  readonly chatlakeVersion: string;
  readonly limits: ActivityLimits;
  /** Whether this namespace of Temporal knows our search attributes. */
  readonly searchAttributes: boolean;
  /** Address of the Temporal UI, where one is configured. */
  readonly temporalUi: string | undefined;
}

/** What decides for a source in this process. */
export function codeOf(ports: Pick<Ports, 'chatlakeVersion' | 'engine'>, contract: Contract): CodeVersion {
  return {
    chatlake: ports.chatlakeVersion,
    contract: [contract.source, contract.version, contract.variant].filter((word) => word !== '').join('-'),
    engine: ports.engine.version,
  };
}
