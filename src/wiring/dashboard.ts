/** What the pages need: readers of the lake, and snapshots of it. No broker, no pseudonym key. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Snapshot, takeSnapshot } from '../adapters/engine/duckdb/snapshot.ts';
import type { View } from '../adapters/engine/reader.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import type { Config } from './config.ts';
import { type Opened, type Readers, openReaders } from './ports.ts';

export type TakeSnapshot = (views: readonly View[], isKept: (name: string) => boolean) => Promise<Snapshot>;

export interface DashboardPorts extends Readers {
  readonly takeSnapshot: TakeSnapshot;
}

/** Opens them; what they keep lies in a folder of its own, for another process may use the same lake. */
export async function openDashboard(config: Config, store?: ObjectStore): Promise<Opened<DashboardPorts>> {
  const own = { ...config, WORK_DIR: join(config.WORK_DIR, 'dashboard') };
  const { ports, close } = await (store === undefined ? openReaders(own) : openReaders(own, store));
  const scratch = join(own.WORK_DIR, 'spill');
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  let taken = 0;
  return {
    ports: {
      ...ports,
      takeSnapshot: (views, isKept) =>
        takeSnapshot(
          {
            memoryMb: config.ENGINE_MEMORY_MB,
            threads: config.ENGINE_THREADS,
            path: join(own.WORK_DIR, `snapshot-${process.pid}-${(taken += 1)}.duckdb`),
            scratch,
          },
          views,
          isKept,
        ),
    },
    close,
  };
}
