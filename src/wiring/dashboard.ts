/** What the pages need: readers of the lake, and snapshots of it. No broker, no pseudonym key. */
import { join } from 'node:path';
import type { OpenSnapshot } from '../activities/ports.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import type { Config } from './config.ts';
import { type Opened, type Readers, openReaders } from './ports.ts';
import { snapshotsOf } from './snapshots.ts';

export interface DashboardPorts extends Readers {
  readonly openSnapshot: OpenSnapshot;
}

/** Opens them; what they keep lies in a folder of its own, for another process may use the same lake. */
export async function openDashboard(config: Config, store?: ObjectStore): Promise<Opened<DashboardPorts>> {
  const own = { ...config, WORK_DIR: join(config.WORK_DIR, 'dashboard') };
  const { ports, close } = await (store === undefined ? openReaders(own) : openReaders(own, store));
  return { ports: { ...ports, openSnapshot: await snapshotsOf(own, own.WORK_DIR) }, close };
}
