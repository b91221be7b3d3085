/** A small lake in a folder whose tables' logs hold what readers have to get right: files taken out by a rebuild, a checkpoint, entries after it, and files of both engines. */
import type { Ports } from '../../src/activities/ports.ts';
import { createNodeEngine } from '../../src/adapters/engine/node/index.ts';
import { createDirectoryStore } from '../../src/adapters/object-store/directory.ts';
import { query } from '../../src/cli/query.ts';
import { tableRoot } from '../../src/domain/formats/layout.ts';
import { demoUpdates } from '../../src/domain/sources/telegram/demo.ts';
import { windowStart } from '../../src/domain/window.ts';
import { bringForward, rebuild, runWindow } from '../integration/run-window.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Message, land } from '../support/land.ts';
import { MEMORY_KEY, openMemoryLake } from '../support/memory-lake.ts';
import { MONTH_WINDOWS, receiveMonth } from '../support/month.ts';

const BOT = 7_000_001;

/** What chatlake itself says of a table. */
export interface OwnTable {
  readonly version: number;
  /** Its live files, by path. */
  readonly files: readonly string[];
  readonly rows: number;
  readonly current: number;
}

/** Writes the lake below `folder`; returns its tables by name. */
export async function writeLake(folder: string): Promise<Readonly<Record<string, OwnTable>>> {
  const lake = openMemoryLake(undefined, createDirectoryStore(folder));
  try {
    const ports = await lake.process();
    const names = [...ports.contracts.values()].flatMap(({ tables }) => tables.map(({ name }) => name));
    await receiveMonth(ports);
    const again = { source: 'desk', window: MONTH_WINDOWS[0] };
    await rebuild(ports, again);
    await bringForward(ports, again);
    for (const root of names.map(tableRoot)) await ports.checkpoints.write(root, await ports.logs(root).refresh(), 0);
    const window = windowAfter(2);
    await writeDesk(ports.store, window, ['after the checkpoint']);
    const updates = demoUpdates(windowStart(window), BOT);
    const headers = { origin: 'webhook', bot: String(BOT) };
    const messages = updates.map((update): Message => ['', JSON.stringify(update), headers]);
    await land(ports.store, { source: 'telegram', window }, messages);
    const other = await lake.process({ engine: createNodeEngine(MEMORY_KEY) });
    for (const source of ['desk', 'telegram']) await runWindow(other, { source, window });
    const tables: Record<string, OwnTable> = {};
    for (const name of names) tables[name] = await ownTable(ports, folder, name);
    return tables;
  } finally {
    lake.close();
  }
}

async function ownTable(ports: Ports, folder: string, name: string): Promise<OwnTable> {
  const state = await ports.logs(tableRoot(name)).refresh();
  const count = async (view: string): Promise<number> => {
    const { rows } = await query(ports, { sql: `SELECT count(*) FROM ${view}` }, () => undefined);
    return Number(rows[0]![0]);
  };
  return {
    version: state.version,
    files: [...state.files.keys()].map((path) => `${folder}/${tableRoot(name)}${path}`),
    rows: await count(name),
    current: await count(`${name}_current`),
  };
}
