/** A lake in a directory, with the limits a worker has unless it is told others: for windows too large to be kept in memory. */
import { join } from 'node:path';
import type { Ports } from '../../src/activities/ports.ts';
import { createDuckDbEngine } from '../../src/adapters/engine/duckdb/index.ts';
import { createRewriter } from '../../src/adapters/engine/rewriter.ts';
import { createDirectoryStore } from '../../src/adapters/object-store/directory.ts';
import { createLocalCache } from '../../src/adapters/object-store/local-cache.ts';
import { clearPrefixes } from '../../src/domain/formats/clear-text.ts';
import { CONTRACTS } from '../../src/domain/sources/index.ts';
import { MEMORY_KEY, openMemoryLake } from './memory-lake.ts';

const MB = 1_048_576;
/** ENGINE_MEMORY_MB, CACHE_MAX_MB, ETL_CHUNK_LINES, and what wiring/ports.ts sets besides. */
const ENGINE_MB = 640;
const CACHE_MB = 2_048;
const LIMITS: Ports['limits'] = { chunk: { maxLines: 250_000, maxBytes: 512 * MB }, rowsPerRange: 1_000_000 };

export interface DirectoryLake {
  readonly ports: Ports;
  close(): void;
}

/** Opens the lake below `folder` as a process that knows nothing of it yet; its local copies lie in `work` of that folder. */
export async function openDirectoryLake(folder: string, threads: number, work = 'work'): Promise<DirectoryLake> {
  const store = createDirectoryStore(join(folder, 'store'));
  const lake = openMemoryLake(undefined, store);
  const limits = { memoryMb: ENGINE_MB, threads };
  const ports = await lake.process({
    engine: createDuckDbEngine(limits, MEMORY_KEY),
    rewriter: createRewriter(limits),
    cache: await createLocalCache(store, join(folder, work), CACHE_MB * MB, clearPrefixes(CONTRACTS.values())),
    limits: LIMITS,
  });
  return { ports, close: lake.close };
}
