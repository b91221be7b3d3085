/** Windows judged again: one decision, documents follow, duplicates stay, readers see old or new. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLoad } from '../../src/activities/forward/load.ts';
import type { Ports } from '../../src/activities/ports.ts';
import { createPurge } from '../../src/activities/upkeep/purge.ts';
import type { Diff } from '../../src/domain/formats/diff.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import { tableRoot } from '../../src/domain/formats/layout.ts';
import { FANOUT } from '../../src/domain/plans/merge.ts';
import { windowOf } from '../../src/domain/window.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { openPorts } from '../../src/wiring/ports.ts';
import { checkLake } from '../support/check-lake.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { statesOf } from '../support/log-entries.ts';
import { type NoteRules, notes, writeNotes } from '../support/notes.ts';
import { bringForward, compactAll, rebuild, runWindow } from './run-window.ts';
import { MockActivityEnvironment } from '@temporalio/testing';

const W0 = { source: 'desk', window: windowOf('2026-01-01T00') };
const W1 = { source: 'desk', window: windowOf('2026-01-01T01') };
const ROOT = tableRoot('notes');

let lake: Lake;
let dir: string;
const opened: (() => Promise<void>)[] = [];
const silent = { info: () => undefined, warn: () => undefined };

beforeEach(async () => {
  lake = await openLake();
  dir = mkdtempSync(join(tmpdir(), 'chatlake-rebuild-'));
});
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
  await lake.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A process that runs these rules, with a cache of its own. */
async function code(rules: NoteRules): Promise<Ports & { readonly contract: ReturnType<typeof notes> }> {
  const contract = notes(rules);
  const config = { ...lake.config, WORK_DIR: join(dir, `${rules.name}-${opened.length}`) };
  const { ports, close } = await openPorts(config, silent, { contracts: new Map([['desk', contract]]) });
  opened.push(close);
  return { ...ports, contract };
}

async function readRows(ports: Ports, paths: readonly string[]): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  return ports.cache.withScratch(async (scratch) => {
    const local = await Promise.all(paths.map((path) => ports.cache.fetch(`${ROOT}${path}`, scratch, 'a file')));
    const rows = await ports.reader.query(
      local,
      'SELECT entity, version[1:16]::INTEGER AS v, word FROM rows ORDER BY ALL',
      scratch,
    );
    return rows.map((row) => Object.values(row).join(' '));
  });
}

const liveRows = async (ports: Ports): Promise<readonly string[]> =>
  readRows(ports, [...(await ports.logs(ROOT).refresh()).files.keys()]);

/** The rows a reader of each version of the table sees, versions that changed nothing left out. */
async function everSeen(ports: Ports): Promise<readonly (readonly string[])[]> {
  const seen: (readonly string[])[] = [];
  for (const state of await statesOf(ports.store, ROOT)) {
    const rows = await readRows(ports, [...state.files.keys()]);
    if (JSON.stringify(rows) !== JSON.stringify(seen.at(-1))) seen.push(rows);
  }
  return seen;
}

const documents = async (
  ports: Ports & { contract: ReturnType<typeof notes> },
  entities: readonly string[],
): Promise<readonly unknown[]> =>
  Promise.all(entities.map(async (entity) => (await ports.documents.find(ports.contract.tables[0], entity))?.['word']));

/** Two generations, the second with a redelivery; a later window with an edit and another redelivery. */
async function traffic(ports: Ports): Promise<void> {
  await writeNotes(ports.store, W0.window, ['a 1 um', 'b 1 dois', 'x 1 ruim'], 5);
  await runWindow(ports, W0);
  await writeNotes(ports.store, W0.window, ['c 1 tres', 'a 1 um'], 1);
  await runWindow(ports, W0);
  await writeNotes(ports.store, W1.window, ['a 2 mais', 'b 1 dois', 'd 1 quatro']);
  await runWindow(ports, W1);
}

/** More windows, so that there are enough files to make one of; their rows. */
async function oneOfManyFiles(ports: Ports): Promise<readonly string[]> {
  const rows = [2, 3, 4, 5, 6].map((n) => `z${n} 1 resto`);
  for (const [i, row] of rows.entries()) {
    await writeNotes(ports.store, windowAfter(i + 2), [row]);
    await runWindow(ports, { source: 'desk', window: windowAfter(i + 2) });
  }
  expect(await compactAll(ports, W0.source)).toBe(FANOUT);
  expect((await ports.logs(ROOT).refresh()).files.size).toBe(1);
  return rows;
}

const BEFORE = ['a 1 um', 'a 2 mais', 'b 1 dois', 'c 1 tres', 'd 1 quatro', 'x 1 ruim'];

describe.each(['as they were written', 'compacted'])('files %s', (how) => {
  test('a changed contract: rows, documents and days follow in one decision, and back', async () => {
    const old = await code({ name: 'old' });
    await traffic(old);
    const extra = how === 'compacted' ? await oneOfManyFiles(old) : [];
    const before = await checkLake(old, old.contract);
    expect(await liveRows(old)).toEqual([...BEFORE, ...extra]);
    expect(before.counts).toEqual({
      received: 8 + extra.length,
      enriched: 6 + extra.length,
      duplicates: 2,
      quarantined: 0,
    });

    // W1 again: the edit is refused, so the older version is current again.
    const noEdit = await code({ name: 'noedit', refused: ['mais'] });
    expect(await rebuild(noEdit, W1)).toMatchObject({
      kind: 'published',
      counts: { received: 3, enriched: 1, duplicates: 1, quarantined: 1 },
    });
    await bringForward(noEdit, W1);
    expect(await documents(noEdit, ['a', 'b', 'c', 'd', 'x'])).toEqual(['um', 'dois', 'tres', 'quatro', 'ruim']);
    const first = await liveRows(noEdit);
    expect(first).toEqual([...BEFORE.filter((row) => row !== 'a 2 mais'), ...extra]);
    await checkLake(noEdit, noEdit.contract);

    // W0 again, both generations: b goes, c moves to another day, all words change.
    const moved = await code({
      name: 'moved',
      refused: ['dois'],
      day: (entity) => (entity === 'c' ? '2021-08-02' : '2021-08-01'),
      word: (word) => word.toUpperCase(),
    });
    expect(await rebuild(moved, W0)).toMatchObject({
      kind: 'published',
      counts: { received: 5, enriched: 3, duplicates: 1, quarantined: 1 },
    });
    await bringForward(moved, W0);
    expect(await documents(moved, ['a', 'b', 'c', 'd', 'x'])).toEqual(['UM', undefined, 'TRES', 'quatro', 'RUIM']);
    expect(await moved.documents.find(moved.contract.tables[0], 'c')).toMatchObject({ eventDate: '2021-08-02' });
    const second = await liveRows(moved);
    expect(second).toEqual(['a 1 UM', 'c 1 TRES', 'd 1 quatro', 'x 1 RUIM', ...extra]);
    const facts = await checkLake(moved, moved.contract);
    expect(facts.duplicates).toEqual(before.duplicates);

    // And back: everything as it was, under new revisions.
    for (const window of [W0, W1]) {
      expect(await rebuild(old, window)).toMatchObject({ kind: 'published' });
      await bringForward(old, window);
    }
    const after = await checkLake(old, old.contract);
    expect(after).toEqual({ ...before, entries: before.entries + 4 });
    expect(await documents(old, ['a', 'b', 'c', 'd', 'x'])).toEqual(['mais', 'dois', 'tres', 'quatro', 'ruim']);
    const entries = [...(await readLedger(old, 'desk')).entries].map(
      ({ revision, seals }) => `${revision} ${seals.length}`,
    );
    expect(entries.slice(0, -4)).toEqual(Array.from({ length: 3 + extra.length }, () => '0 1'));
    expect(entries.slice(-4)).toEqual(['1 1', '1 2', '2 2', '2 1']);
    // A reader of any version saw what one of the decisions says, never a mixture.
    const seen = await everSeen(old);
    const all = [...BEFORE, ...extra];
    const third = all.filter((row) => row !== 'a 2 mais');
    expect(seen.slice(-5)).toEqual([all, first, second, third, all]);
  }, 300_000);
});

describe('a diff', () => {
  test('says what would change, publishes nothing, and is published only as it is', async () => {
    const old = await code({ name: 'old' });
    await traffic(old);
    const loud = await code({ name: 'loud', refused: ['dois'], word: (word) => (word === 'um' ? 'UM' : word) });
    const compared = await rebuild(loud, W0, 'compare');
    expect(compared).toMatchObject({
      kind: 'compared',
      verdictsChanged: 1,
      tables: [{ table: 'notes', before: 4, after: 3, onlyBefore: 1, onlyAfter: 0, changed: 1 }],
    });
    const key = compared.kind === 'compared' ? compared.ref : '';
    const diff = JSON.parse(new TextDecoder().decode(await loud.store.get(key))) as Diff;
    const [table] = diff.tables;
    expect(table!.columns).toEqual([
      { column: 'word', changed: 1, samples: [{ entity: 'a', before: 'um', after: 'UM' }] },
      { column: 'secret', changed: 1, samples: [{ entity: 'a' }] },
    ]);
    expect(diff.verdicts).toEqual([
      { before: 'duplicate', reasonBefore: null, after: 'duplicate', reasonAfter: null, lines: 1 },
      { before: 'enriched', reasonBefore: null, after: 'enriched', reasonAfter: null, lines: 3 },
      { before: 'enriched', reasonBefore: null, after: 'quarantined', reasonAfter: 'wrong_type', lines: 1 },
    ]);
    expect(diff.counts.before).toEqual({ received: 5, enriched: 4, duplicates: 1, quarantined: 0 });
    const { state } = await readLedger(loud, 'desk');
    expect(state.version).toBe(2);
    expect(await liveRows(loud)).toEqual(BEFORE);

    // Other code decides otherwise; entries of other windows in between do not matter.
    const other = await code({ name: 'other', refused: ['dois'] });
    await expect(rebuild(other, { ...W0, expect: key })).rejects.toThrow(/The diff is stale: .*nothing was published/);
    await rebuild(old, W1);
    expect(await rebuild(loud, { ...W0, expect: key })).toMatchObject({ kind: 'published', version: 4 });
    expect(await rebuild(loud, { ...W0, expect: key })).toEqual({ kind: 'alreadyPublished', version: 4 });
    await bringForward(loud, W0);
    expect(await documents(loud, ['a', 'b'])).toEqual(['mais', undefined]);
    await checkLake(loud, loud.contract);
    // The tombstone of b goes when it is a month old.
    const inDays = (days: number) => createPurge({ ...loud, now: () => Date.now() + days * 86_400_000 });
    const purge = (days: number) => new MockActivityEnvironment().run(inDays(days), { source: 'desk' });
    expect([await purge(29), await purge(31)]).toEqual([{ tombstones: 0 }, { tombstones: 1 }]);

    // Judged again meanwhile, or a new generation: stale.
    const second = await rebuild(old, W0, 'compare');
    const stale = second.kind === 'compared' ? second.ref : '';
    await writeNotes(old.store, W0.window, ['e 1 novo'], 9);
    await runWindow(old, W0);
    await expect(rebuild(old, { ...W0, expect: stale })).rejects.toThrow(/stale: the window has other generations/);
    await rebuild(old, W0);
    await expect(rebuild(old, { ...W0, expect: stale })).rejects.toThrow(/stale: the window was judged again/);
    await bringForward(old, W0);
    await checkLake(old, old.contract);
  }, 300_000);
});

describe('what stands in the way', () => {
  test('nothing published is nothing to judge; raw that is gone is refused in one sentence', async () => {
    const old = await code({ name: 'old' });
    expect(await rebuild(old, W0)).toEqual({ kind: 'nothing' });
    await writeNotes(old.store, W0.window, ['a 1 um']);
    expect(await rebuild(old, W0)).toEqual({ kind: 'nothing' });
    await runWindow(old, W0);
    for await (const { key } of old.store.list('raw/')) await old.store.remove(key);
    await expect(rebuild(old, W0)).rejects.toThrow(/1 of its 1 raw objects were deleted .* stays as it is/);
  }, 300_000);

  test('killed between publish and load: whoever comes finishes it, late, twice and at once; documents wait for tables', async () => {
    const old = await code({ name: 'old' });
    await traffic(old);
    const loud = await code({ name: 'loud', refused: ['mais', 'dois'] });
    await rebuild(loud, W0);
    await rebuild(loud, W1);
    const alone = await new MockActivityEnvironment().run(createLoad(loud, REPORTS), { source: 'desk' });
    expect(alone).toEqual({ applied: 2, behind: 2, more: false });
    // Both entries are superseded before anything of them was applied.
    await rebuild(loud, W0);
    const others = await Promise.all([code({ name: 'loud' }), code({ name: 'loud' }), code({ name: 'loud' })]);
    const rounds = others.map(async (ports) => {
      for (let i = 0; i < 3; i += 1) await bringForward(ports, W0);
    });
    await Promise.all(rounds);
    expect(await documents(loud, ['a', 'b', 'c', 'd', 'x'])).toEqual(['um', undefined, 'tres', 'quatro', 'ruim']);
    const facts = await checkLake(loud, loud.contract);
    expect(facts.counts).toEqual({ received: 8, enriched: 4, duplicates: 2, quarantined: 2 });
  }, 300_000);
});
