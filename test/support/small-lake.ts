/** A small lake of both sources, made by the real activities on a store in memory and the real MongoDB: every kind of object, nothing pending. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ports } from '../../src/activities/ports.ts';
import { createMemoryStore } from '../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { type Window, windowStart } from '../../src/domain/window.ts';
import { type Config, loadConfig } from '../../src/wiring/config.ts';
import { type Opened, type Readers, openPorts, openReaders } from '../../src/wiring/ports.ts';
import { stackEnvironment } from '../../src/wiring/stack-file.ts';
import { runWindow } from '../integration/run-window.ts';
import { deskBody, windowAfter } from './desk-raw.ts';
import { TEST_KEY } from './lake.ts';
import { type Message, land } from './land.ts';
import { stack, uniqueName } from './stack.ts';
import { updateBody } from './telegram-updates.ts';
import { SILENT_ANNOUNCER } from './silent-announcer.ts';

export const W0 = windowAfter(0);
export const W1 = windowAfter(1);
export const BOT = '7000001';

export interface SmallLake {
  readonly config: Config;
  readonly ports: Ports;
  readonly store: ObjectStore;
  /** Lands messages and returns the key of their raw object. */
  land(source: string, window: Window, messages: readonly Message[], minute?: number): Promise<string>;
  run(source: string, window: Window): Promise<void>;
  /** Fresh readers with nothing remembered, of this store or of another. */
  readers(store?: ObjectStore): Promise<Opened<Readers>>;
  close(): Promise<void>;
}

export const good = (id: string): Message => [`desk:${id}`, deskBody(id, 1)];
export const badDate = (id: string): Message => [
  `desk:${id}`,
  JSON.stringify({ ...(JSON.parse(deskBody(id, 1)) as object), date: '2021-08-02 10:00:00' }),
];
export const update = (updateId: number): Message => [
  '',
  updateBody({ updateId, date: windowStart(W0) / 1000 - 3600 }),
  { origin: 'webhook', bot: BOT },
];

/** Opens an empty lake. */
export async function openSmallLake(): Promise<SmallLake> {
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-small-'));
  const config = loadConfig({
    ...stackEnvironment(stack()),
    MONGODB_DATABASE: uniqueName('small'),
    PSEUDONYM_KEY: TEST_KEY,
    WORK_DIR: join(dir, 'work'),
    TELEGRAM_BOT_TOKEN: '',
    TELEGRAM_TEXTS: 'on',
    TELEGRAM_BOT_ID: BOT,
    ENGINE_THREADS: '1',
  });
  const store = createMemoryStore();
  const announcer = SILENT_ANNOUNCER;
  const log = { info: () => undefined, warn: () => undefined };
  const { ports, close } = await openPorts(config, log, { store, announcer });
  let readers = 0;
  return {
    config,
    ports,
    store,
    land: (source, window, messages, minute = 0) => land(store, { source, window, minute }, messages),
    run: async (source, window) => {
      await runWindow(ports, { source, window });
    },
    readers: (other = store) => openReaders({ ...config, WORK_DIR: join(dir, `reader-${(readers += 1)}`) }, other),
    close: async () => {
      await close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Two windows of the desk, the first in two generations, and one of telegram: 5 enriched, 2 duplicates, 1 quarantined; 2 updates and 1 repeat. */
export async function fillSmallLake({
  land,
  run,
}: SmallLake): Promise<Readonly<Record<'first' | 'later' | 'second', string>>> {
  const first = await land('desk', W0, [good('a'), good('b'), badDate('c')]);
  await run('desk', W0);
  const second = await land('desk', W1, [good('a'), good('d')]);
  await run('desk', W1);
  const later = await land('desk', W0, [good('e'), good('f'), good('b')], 5);
  await run('desk', W0);
  await land('telegram', W0, [update(11), update(12), update(11)]);
  await run('telegram', W0);
  return { first, later, second };
}
