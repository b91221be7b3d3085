/** A Temporal server of the test's own, which can be away for a while, or be made to forget everything. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Children, openChildren } from '../../src/local/parts/children.ts';
import { createPortBook } from '../../src/local/parts/ports.ts';
import { secretsOf } from '../../src/local/parts/secrets.ts';
import { startTemporal } from '../../src/local/parts/temporal.ts';

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
  const log = (): void => undefined;
  let children: Children | undefined;
  const start = async (): Promise<string> => {
    children = await openChildren(dir, log);
    const context = { dir, env, log, children, ports: createPortBook(false), secrets: secretsOf(dir) };
    return (await startTemporal(context)).entry.address;
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
