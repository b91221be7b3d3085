/** A large lake in minutes: some thousand messages that went through the real activities, their rows again and again as other people's. */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ports } from '../../src/activities/ports.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { invariant } from '../../src/domain/errors.ts';
import {
  FORMAT_VERSION,
  ledgerFile,
  ledgerRoot,
  manifestKey,
  runName,
  sealName,
  tableFile,
  tableRoot,
} from '../../src/domain/formats/layout.ts';
import { type Manifest, type ManifestTable, planEntry } from '../../src/domain/formats/ledger.ts';
import { literal, tableOrder } from '../../src/domain/sql.ts';
import { type Window, windowStart } from '../../src/domain/window.ts';
import { readLedger, readManifest } from '../../src/lake/ledger.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { tableId } from '../../src/lake/tables.ts';
import { attempted, publishWindow } from '../integration/run-window.ts';
import { interaction, random } from '../support/desk-lines.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { openMemoryLake } from '../support/memory-lake.ts';
import { updateBody } from '../support/telegram-updates.ts';

/** Real messages of each source, and how often their rows stand in one entry. */
const REAL = 5_000;
const TIMES = 100;
const DAYS = 365;
const YEAR_STARTS = Date.parse('2021-07-01T03:00:00Z');
const SOURCES = ['desk', 'telegram'] as const;
type Source = (typeof SOURCES)[number];

export interface ReportLake {
  readonly ports: Ports;
  readonly dir: string;
  /** Messages that it holds, and hours that have windows. */
  messages: number;
  hours: number;
}

/** A lake of 5,000 messages of each source over a year. */
export async function seedLake(store: ObjectStore, dir: string): Promise<ReportLake> {
  const lake = { ports: await openMemoryLake(undefined, store).process(), dir, messages: 0, hours: 0 };
  await addMessages(lake, REAL);
  return lake;
}

/** What an hour brings: a hundred messages of each source, through the real activities. */
export const addWindow = (lake: ReportLake): Promise<void> => addMessages(lake, 100);

async function addMessages(lake: ReportLake, count: number): Promise<void> {
  const { ports } = lake;
  const window = windowAfter((lake.hours += 1));
  const next = random(lake.hours);
  const bodies: Readonly<Record<Source, (n: number) => string>> = {
    desk: () => JSON.stringify(interaction(next, DAYS)),
    telegram: (n) =>
      updateBody({
        updateId: lake.hours * 10_000 + n,
        date: Math.floor(YEAR_STARTS / 1000 + next() * DAYS * 86_400),
      }),
  };
  for (const source of SOURCES) {
    const openedAt = windowStart(window);
    const messages = Array.from({ length: count }, (_, n) => ({
      id: `bench:${lake.hours}:${n}`,
      receivedAt: openedAt,
      headers: { origin: 'webhook', bot: '7000001' },
      body: new TextEncoder().encode(bodies[source](n)),
    }));
    await writeRaw(ports.store, source, openedAt, messages);
    await publishForPages(ports, source, window);
    lake.messages += count;
  }
}

/** Documents, proofs and reports are not made: pages do not read them. */
async function publishForPages(ports: Ports, source: Source, window: Window): Promise<void> {
  await publishWindow(ports, { source, window });
  await projectAll(ports, source);
}

async function projectAll(ports: Ports, source: Source): Promise<void> {
  const { project } = attempted(ports);
  for (let behind = 1; behind > 0;) ({ behind } = await project({ source }));
}

/** Adds entries of 500,000 messages until there are that many; tables are brought forward, documents and reports are not. */
export async function growRows(lake: ReportLake, messages: number): Promise<void> {
  while (lake.messages < messages) {
    for (const source of SOURCES) await addEntry(lake, source);
    lake.hours += 1;
    lake.messages += SOURCES.length * REAL * TIMES;
  }
  for (const source of SOURCES) {
    const { project } = attempted(lake.ports);
    for (let behind = 1; behind > 0;) ({ behind } = await project({ source }));
  }
}

/** Publishes an entry that holds the rows of the first one many times, each time as other entities of other people. */
async function addEntry({ ports, dir, hours }: ReportLake, source: Source): Promise<void> {
  const { state, entries } = await readLedger(ports, source);
  const [entry] = entries;
  invariant(entry !== undefined, `${source} has no entry`);
  const first = await readManifest(ports, entry);
  const seal = sealName({ source, window: windowAfter(hours + 1), generation: 1 });
  const scratch = join(dir, `grown-${source}-${hours}`);
  await mkdir(scratch, { recursive: true });
  const other = (column: string): string => `left(md5(${column} || ':${hours}:' || t), 32)`;
  const write = async (from: string, replaced: string, order: string, to: (sha256: string) => string) => {
    const local = await ports.cache.fetch(from, scratch, 'a file of the first entry');
    const out = join(scratch, 'out.parquet');
    const sql = `SELECT r.* EXCLUDE (filename) REPLACE (${replaced}) FROM rows AS r CROSS JOIN range(${TIMES}) AS times(t) ORDER BY ${order}`;
    await ports.reader.copy([local], sql, out, scratch);
    const body = await readFile(out);
    const path = to(createHash('sha256').update(body).digest('hex'));
    const kept = await ports.store.put(path, body, { ifAbsent: true });
    invariant(kept, `${path} was there`);
    return { path, bytes: body.byteLength, out };
  };
  const tables: ManifestTable[] = [];
  for (const table of first.tables) {
    const [file] = table.files;
    if (file === undefined) continue;
    const { tables: known } = ports.contracts.get(source) ?? { tables: [] };
    const columns = known.find(({ name }) => name === table.table)?.columns ?? [];
    const people = columns.some(({ name }) => name === 'person') ? `, ${other('person')} AS person` : '';
    const chats = columns.some(({ name }) => name === 'chat') ? `, ${other('chat')} AS chat` : '';
    // A minute to two hours after the event, so that receipts lie in the year that is asked for, too.
    const received = columns.some(({ name }) => name === 'occurred_at')
      ? ', make_timestamptz(epoch_us(occurred_at) + 1000000 * (60 + hash(entity, t) % 7200)::BIGINT) AS received_at'
      : '';
    const root = tableRoot(table.table);
    const { path, bytes, out } = await write(
      `${root}${file.path}`,
      `${other('entity')} AS entity, ${literal(seal)} AS _seal${people}${chats}${received}`,
      tableOrder(columns).join(', '),
      (sha256) => `${root}${tableFile(runName(seal, 0), 0, sha256)}`,
    );
    const facts = await ports.reader.facts(out, scratch);
    tables.push({ ...table, rows: facts.rows, files: [{ ...facts, path: path.slice(root.length), bytes }] });
  }
  const opened = YEAR_STARTS + (hours % 360) * 86_400_000;
  const ledger = await write(
    `${ledgerRoot(source)}${first.ledgerFile.path}`,
    `${other('identity_hash')} AS identity_hash, ${literal(seal)} AS seal, regexp_replace(raw_key, '/\\d{13}-', '/${opened}-') AS raw_key`,
    'claim_key',
    (sha256) => `${ledgerRoot(source)}${ledgerFile(runName(seal, 0), sha256)}`,
  );
  const times = (count: number): number => count * TIMES;
  const { received, enriched, duplicates, quarantined } = first.counts;
  const manifest: Manifest = {
    ...first,
    formatVersion: FORMAT_VERSION,
    seals: [seal],
    base: entries.length - 1,
    counts: {
      received: times(received),
      enriched: times(enriched),
      duplicates: times(duplicates),
      quarantined: times(quarantined),
    },
    ledgerFile: {
      ...first.ledgerFile,
      path: ledger.path.slice(ledgerRoot(source).length),
      rows: times(first.ledgerFile.rows),
      bytes: ledger.bytes,
    },
    days: first.days.map(({ date, rows }) => ({ date, rows: times(rows) })),
    tables,
  };
  const bytes = new TextEncoder().encode(`${JSON.stringify(manifest)}\n`);
  const key = manifestKey(createHash('sha256').update(bytes).digest('hex'));
  await ports.store.put(key, bytes, { ifAbsent: true });
  const actions = planEntry({
    manifest,
    manifestKey: key,
    before: state,
    tableId: tableId(ledgerRoot(source)),
    timestamp: opened,
  });
  invariant((await ports.logs(ledgerRoot(source)).append(state.version + 1, actions)) === 'mine', 'nobody else writes');
}
