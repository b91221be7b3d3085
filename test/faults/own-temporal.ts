/** A Temporal server of the test's own, which can be away for a while, or be made to forget everything. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Children } from '../../src/local/parts/children.ts';
import { openWorkbench, ownTemporal } from '../support/one-part.ts';

export interface OwnTemporal {
  /** Where it listens now; another place after each start. */
  address(): string;
  /** Stops it; what it knows is kept. */
  stop(): Promise<void>;
  /** Starts it again with what it knew. */
  start(): Promise<void>;
  /** Stops it, deletes its database, starts it again. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one in a folder of its own, whatever TEMPORAL_ADDRESS says. */
export async function openTemporal(): Promise<OwnTemporal> {
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-temporal-'));
  const env = { ...process.env };
  delete env['TEMPORAL_ADDRESS'];
  let children: Children | undefined;
  const start = async (): Promise<string> => {
    const workbench = await openWorkbench(dir, env);
    children = workbench.children;
    return (await ownTemporal(workbench)).entry.address;
  };
  let address = await start();
  const stop = async (): Promise<void> => children?.stopAll();
  return {
    address: () => address,
    stop,
    async start() {
      address = await start();
    },
    async forget() {
      await stop();
      rmSync(join(dir, 'temporal'), { recursive: true });
      address = await start();
    },
    async close() {
      await stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
