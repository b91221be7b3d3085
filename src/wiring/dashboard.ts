/** What the pages need: readers of the lake, and snapshots of it. No broker, no pseudonym key. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Snapshot, openSnapshot } from '../adapters/engine/duckdb/snapshot.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import type { Config } from './config.ts';
import { type Opened, type Readers, openReaders } from './ports.ts';

export interface DashboardPorts extends Readers {
  /** Opens an empty one, which reads what the cache brings. */
  readonly openSnapshot: () => Promise<Snapshot>;
}

/** Of this process, whatever it opens: two never share a name. */
let opened = 0;

/** Opens them; what they keep lies in a folder of its own, for another process may use the same lake. */
export async function openDashboard(config: Config, store?: ObjectStore): Promise<Opened<DashboardPorts>> {
  const own = { ...config, WORK_DIR: join(config.WORK_DIR, 'dashboard') };
  const { ports, close } = await (store === undefined ? openReaders(own) : openReaders(own, store));
  const scratch = join(own.WORK_DIR, 'spill');
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  await removeOrphans(own.WORK_DIR);
  return {
    ports: {
      ...ports,
      openSnapshot: () =>
        openSnapshot({
          memoryMb: config.ENGINE_MEMORY_MB,
          threads: config.ENGINE_THREADS,
          path: join(own.WORK_DIR, `snapshot-${process.pid}-${(opened += 1)}.duckdb`),
          readable: own.WORK_DIR,
          scratch,
        }),
    },
    close,
  };
}

/** Removes snapshots of processes that were killed: nobody else would, and they hold rows of the lake. */
async function removeOrphans(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(/^snapshot-(\d+)-\d+\.duckdb(\.wal)?$/.exec(name)?.[1] ?? NaN);
    // In a container every life has the same id.
    const isOrphan = pid === process.pid ? opened === 0 : !Number.isNaN(pid) && !isAlive(pid);
    if (isOrphan) await rm(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and is another's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
