/** Snapshots of the lake on this process's disk. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenSnapshot } from '../activities/ports.ts';
import { openSnapshot } from '../adapters/engine/duckdb/snapshot.ts';
import type { Config } from './config.ts';

/** Of this process, whatever it opens: two never share a name. */
let opened = 0;

/** What opens them, in `folder`, which is made; those that killed processes left there are removed. They read what the cache brings below WORK_DIR. */
export async function snapshotsOf(config: Config, folder: string): Promise<OpenSnapshot> {
  const scratch = join(folder, 'spill');
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  await removeOrphans(folder);
  return () =>
    openSnapshot({
      memoryMb: config.ENGINE_MEMORY_MB,
      threads: config.ENGINE_THREADS,
      path: join(folder, `snapshot-${process.pid}-${(opened += 1)}.duckdb`),
      readable: config.WORK_DIR,
      scratch,
    });
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
