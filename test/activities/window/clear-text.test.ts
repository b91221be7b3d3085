/** What people wrote, where texts are switched on: staged under a prefix of its own while a run needs it, and gone with the run. */

import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { EtlActivities } from '../../../src/activities/index.ts';
import type { Ports } from '../../../src/activities/ports.ts';
import type { SealRef } from '../../../src/activities/types.ts';
import { createLocalCache } from '../../../src/adapters/object-store/local-cache.ts';
import { createMemoryStore } from '../../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../../src/adapters/object-store/object-store.ts';
import { keysOf } from '../../../src/adapters/object-store/put.ts';
import { CLEAR_STAGING_PREFIX, clearPrefixes } from '../../../src/domain/formats/clear-text.ts';
import { RAW_PREFIX, tableRoot } from '../../../src/domain/formats/layout.ts';
import { CONTRACTS } from '../../../src/domain/sources/index.ts';
import type { Contract, RecordRules } from '../../../src/domain/sources/contract.ts';
import { TEXTS } from '../../../src/domain/sources/telegram/tables.ts';
import { windowStart } from '../../../src/domain/window.ts';
import { attempted, rebuild, runWindow, stagedPart } from '../../integration/run-window.ts';
import { type Clock, clocked, openClock } from '../../support/clocked-store.ts';
import { windowAfter } from '../../support/desk-raw.ts';
import { land } from '../../support/land.ts';
import { type MemoryLake, openMemoryLake } from '../../support/memory-lake.ts';
import { notes, writeNotes } from '../../support/notes.ts';
import { updateBody } from '../../support/telegram-updates.ts';

const SOURCE = 'telegram';
const WINDOW = windowAfter(0);
const HOUR_MS = 3_600_000;
const WRITTEN = 'palavras-de-alguem';
const IN = { source: SOURCE, window: WINDOW };

let clock: Clock;
let store: ObjectStore;
let lake: MemoryLake;
let folder: string;
let ports: Ports;
let activities: EtlActivities;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chatlake-texts-'));
  clock = openClock(windowStart(WINDOW) + HOUR_MS);
  store = clocked(createMemoryStore(), clock);
  lake = openMemoryLake(undefined, store);
  const cache = await createLocalCache(store, folder, 1e9, clearPrefixes(CONTRACTS.values()));
  ports = await lake.process({ now: clock.now, cache });
  activities = attempted(ports);
  await write(1);
});
afterEach(() => {
  lake.close();
  rmSync(folder, { recursive: true });
});

/** Lands a message with the words. */
async function write(updateId: number): Promise<void> {
  const body = updateBody({ updateId, date: windowStart(WINDOW) / 1_000 - 60 });
  const { message, ...update } = JSON.parse(body) as { message: object };
  const said = JSON.stringify({ ...update, message: { ...message, text: `${WRITTEN} ${updateId}` } });
  await land(store, { ...IN, minute: updateId }, [['', said, { origin: 'webhook', bot: '7000001' }]]);
}

/** A run of what is sealed, up to its staged lines. */
async function staged(by = activities, window = IN) {
  const sealed = await by.sealWindow({ ...window, parked: true });
  const [seal] = (sealed.kind === 'seals' ? sealed.seals : []) as [SealRef];
  return { seal, staged: [stagedPart(await by.cleanse({ seal, revision: 0, chunk: 0 }))] };
}

const texts = (): Promise<readonly string[]> => keysOf(store, CLEAR_STAGING_PREFIX);

/** Objects outside raw in which the words can be read as they are: staged Parquet is not compressed so far that they cannot. */
async function readable(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const key of await keysOf(store, ''))
    if (Buffer.from((await store.get(key))!).includes(WRITTEN)) found.push(key);
  return found.filter((key) => !key.startsWith(RAW_PREFIX) && !key.startsWith(tableRoot(TEXTS.name)));
}

test('texts are staged apart while the run needs them, and gone when it has published', async () => {
  const run = await staged();
  const held = await texts();
  expect(held).toHaveLength(1);
  expect(await readable()).toEqual(held);
  const decided = await activities.dedupe({ seal: run.seal, revision: 0, staged: run.staged });
  if (decided.kind !== 'decided') throw new Error(`dedupe answered ${decided.kind}`);
  const made = await activities.compress({ decided: decided.ref, staged: run.staged, range: 0 });
  if (made.kind === 'stale') throw new Error(made.why);
  expect(await texts()).toEqual(held);
  const published = await activities.publish({ seal: run.seal, decided: decided.ref, compressed: [made] });
  expect(published.kind).toBe('published');
  expect(await texts()).toEqual([]);
  expect(await readable()).toEqual([]);
});

test('a run that comes too late leaves no texts, and one whose texts another run took away begins again', async () => {
  const late = await staged();
  const [outcome] = await runWindow(ports, IN);
  expect(outcome).toMatchObject({ kind: 'published' });
  expect(await texts()).toEqual([]);
  await activities.cleanse({ seal: late.seal, revision: 0, chunk: 0 });
  expect(await texts()).toHaveLength(1);
  const asked = await activities.dedupe({ seal: late.seal, revision: 0, staged: late.staged });
  expect(asked.kind).toBe('alreadyPublished');
  expect(await texts()).toEqual([]);
  await write(2);
  const other = await staged();
  for (const key of await texts()) await store.remove(key);
  expect(await activities.dedupe({ seal: other.seal, revision: 0, staged: other.staged })).toMatchObject({
    kind: 'stale',
  });
});

test('a comparison, a rebuild that is refused and a window that is given up leave no texts', async () => {
  await runWindow(ports, IN);
  const compared = await rebuild(ports, IN, 'compare');
  expect(compared).toMatchObject({ kind: 'compared' });
  expect(await texts()).toEqual([]);
  const ref = compared.kind === 'compared' ? compared.ref : '';
  await write(2);
  await runWindow(ports, IN);
  await expect(rebuild(ports, { ...IN, expect: ref })).rejects.toThrow('The diff is stale');
  expect(await texts()).toEqual([]);
  await write(3);
  await staged();
  expect(await texts()).toHaveLength(1);
  await activities.park({ ...IN, step: 'dedupe', kind: 'Setup', reason: 'no room', workflowId: 'w', runId: 'r' });
  expect(await texts()).toEqual([]);
});

test('what a crash leaves is swept: at once where its decision stands, else after a day', async () => {
  const run = await staged();
  const sweep = async (): Promise<number> => (await activities.sweep({ source: SOURCE, dryRun: false })).files;
  expect(await sweep()).toBe(0);
  await runWindow(ports, IN);
  await activities.cleanse({ seal: run.seal, revision: 0, chunk: 0 });
  expect([await sweep(), await texts()]).toEqual([1, []]);
  await write(2);
  await staged();
  clock.ahead(23 * HOUR_MS);
  expect([await sweep(), (await texts()).length]).toEqual([0, 1]);
  clock.ahead(2 * HOUR_MS);
  expect([await sweep(), await texts()]).toEqual([1, []]);
});

/** Copies on the local disk in which the words can be read, after all files of a table were read. */
async function copiesAfter({ cache }: Pick<Ports, 'cache'>, table: string): Promise<readonly string[]> {
  await cache.withScratch(async (scratch) => {
    for (const key of await keysOf(store, tableRoot(table)))
      if (key.endsWith('.parquet')) await cache.fetch(key, scratch, 'a file of a table');
  });
  expect(readdirSync(join(folder, 'scratch'))).toEqual([]);
  const copies = readdirSync(join(folder, 'objects'));
  expect(copies.length).toBeGreaterThan(0);
  return copies.filter((name) => readFileSync(join(folder, 'objects', name)).includes(WRITTEN));
}

test('no copy of a text stays on the local disk', async () => {
  await runWindow(ports, IN);
  expect(await copiesAfter(ports, TEXTS.name)).toEqual([]);
});

test.each([true, false])('of whatever source: its contract alone says that a table is clear (%j)', async (clear) => {
  const { tables, rules, ...plain } = notes({ name: 'plain' });
  // Its transport id, which the ledger keeps, holds no word of the note.
  const identify: RecordRules['identify'] = () => ({ transportId: 'a note', discriminator: 'note' });
  const contract: Contract = { ...plain, tables: [{ ...tables[0], clear }], rules: { ...rules, identify } };
  const contracts = new Map([['desk', contract]]);
  const cache = await createLocalCache(store, folder, 1e9, clearPrefixes(contracts.values()));
  const other = await lake.process({ now: clock.now, contracts, cache });
  await writeNotes(store, WINDOW, [`entity 1 ${WRITTEN}`]);
  await staged(attempted(other), { source: 'desk', window: WINDOW });
  expect(await texts()).toHaveLength(clear ? 1 : 0);
  await runWindow(other, { source: 'desk', window: WINDOW });
  expect(await texts()).toEqual([]);
  expect((await copiesAfter(other, 'notes')).length > 0).toBe(!clear);
});
