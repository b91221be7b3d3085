/** A lake in memory: the real activities, engine and rules over a store and documents of this process. No server, some hundred windows a second. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ports } from '../../src/activities/ports.ts';
import { createCheckpointFormat } from '../../src/adapters/delta/checkpoint-format.ts';
import { createCheckpoints } from '../../src/adapters/delta/checkpoints.ts';
import { deltaLogs } from '../../src/adapters/delta/log.ts';
import type { DocumentStore } from '../../src/adapters/documents/document-store.ts';
import { createMemoryDocuments } from '../../src/adapters/documents/memory.ts';
import { openSnapshot } from '../../src/adapters/engine/duckdb/snapshot.ts';
import { createDuckDbEngine } from '../../src/adapters/engine/duckdb/index.ts';
import { createParquetReader } from '../../src/adapters/engine/reader.ts';
import { createRewriter } from '../../src/adapters/engine/rewriter.ts';
import { type Attempts, attempts } from '../../src/adapters/object-store/attempts.ts';
import { createLocalCache } from '../../src/adapters/object-store/local-cache.ts';
import { createMemoryStore } from '../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { createRetryingStore } from '../../src/adapters/object-store/retrying.ts';
import { NO_TRACER } from '../../src/observe/trace/tracer.ts';
import { clearPrefixes } from '../../src/domain/formats/clear-text.ts';
import { contractsWith } from '../../src/domain/sources/index.ts';
import { SILENT_ANNOUNCER } from './silent-announcer.ts';

const LIMITS = { memoryMb: 512, threads: 2 };
/** The key of every lake in memory. */
export const MEMORY_KEY = { id: 'k0000000', secret: Buffer.alloc(32, 0xc4) };

export interface MemoryLake {
  readonly store: ObjectStore;
  readonly documents: DocumentStore;
  /** The ports of another process on the same store: it remembers nothing of what others know. `changes` make it differ. */
  process(changes?: Partial<Ports>, wrap?: (store: ObjectStore) => ObjectStore, retry?: Attempts): Promise<Ports>;
  close(): void;
}

/** Opens an empty lake; what is facts for the log goes to `log`. */
export function openMemoryLake(
  log: Ports['log'] = { info: () => undefined, warn: () => undefined },
  store: ObjectStore = createMemoryStore(),
): MemoryLake {
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-memory-'));
  const documents = createMemoryDocuments();
  let processes = 0;
  let snapshots = 0;
  return {
    store,
    documents,
    async process(changes = {}, wrap = (own) => own, retry = attempts) {
      const own = createRetryingStore(wrap(store), retry);
      const contracts = changes.contracts ?? contractsWith({ texts: true, chats: undefined });
      const folder = join(dir, `process-${(processes += 1)}`);
      const cache = await createLocalCache(own, folder, 256 * 1_048_576, clearPrefixes(contracts.values()));
      const checkpoints = createCheckpoints(own, createCheckpointFormat(LIMITS, cache));
      return {
        store: own,
        cache,
        checkpoints,
        logs: deltaLogs(own, checkpoints, changes.now),
        reader: createParquetReader(LIMITS),
        rewriter: createRewriter(LIMITS),
        engine: createDuckDbEngine(LIMITS, MEMORY_KEY),
        documents,
        contracts,
        chatlakeVersion: 'test',
        limits: { chunk: { maxLines: 1_000, maxBytes: 1_048_576 }, rowsPerRange: 100_000 },
        log,
        now: Date.now,
        announcer: SILENT_ANNOUNCER,
        alerter: { raise: () => undefined, tell: () => undefined, close: () => Promise.resolve() },
        tracer: NO_TRACER,
        broker: { subscribe: () => Promise.reject(new Error('a lake in memory has no broker')) },
        subscriptions: [],
        openSnapshot: () =>
          openSnapshot({
            ...LIMITS,
            path: join(dir, `snapshot-${(snapshots += 1)}.duckdb`),
            readable: dir,
            scratch: dir,
          }),
        openExport: () => Promise.reject(new Error('a lake in memory imports no export')),
        botId: undefined,
        searchAttributes: false,
        temporalUi: undefined,
        ...changes,
      };
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}
