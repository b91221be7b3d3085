/** The pages' copy brought forward step by step is the copy that is made at once, whatever came between. No server. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Ports } from '../../src/activities/ports.ts';
import type { Snapshot } from '../../src/adapters/engine/duckdb/snapshot.ts';
import { type LakeAt, bringForward as copyForward, lakeNow } from '../../src/dashboard/copy.ts';
import type { Contract } from '../../src/domain/sources/contract.ts';
import { contractsWith } from '../../src/domain/sources/index.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { DERIVED } from '../../src/domain/kpi/figures/derived.ts';
import { windowStart } from '../../src/domain/window.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import type { DashboardPorts } from '../../src/wiring/dashboard.ts';
import { attempted, bringForward, compactAll, rebuild, runWindow } from '../integration/run-window.ts';
import { interaction, random } from '../support/desk-lines.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { type MemoryLake, openMemoryLake } from '../support/memory-lake.ts';
import { updateBody } from '../support/telegram-updates.ts';

const BOT = 7_000_001;

let lake: MemoryLake;
let reader: DashboardPorts;
let writer: Ports;
let snapshots: Snapshot[];

beforeEach(async () => {
  lake = openMemoryLake();
  snapshots = [];
  writer = await lake.process();
  const own = await lake.process();
  reader = {
    ...own,
    openSnapshot: async () => {
      const snapshot = await own.openSnapshot();
      snapshots.push(snapshot);
      return snapshot;
    },
  };
});
afterEach(async () => {
  for (const snapshot of snapshots) await snapshot.close();
  lake.close();
});

interface Held {
  readonly snapshot: Snapshot;
  at: LakeAt;
  /** Statements of the last change. */
  statements: string[];
}

const openCopy = async (): Promise<Held> => {
  const held: Held = { snapshot: await reader.openSnapshot(), at: new Map(), statements: [] };
  await forward(held);
  return held;
};
async function forward(held: Held): Promise<void> {
  const now = await lakeNow(reader);
  held.statements = [];
  await reader.cache.withScratch((scratch) =>
    held.snapshot.change(async (session) => {
      const run = (sql: string): Promise<void> => {
        held.statements.push(sql);
        return session.run(sql);
      };
      await copyForward(reader, { ...session, run }, { before: held.at, now }, scratch);
      return '';
    }),
  );
  held.at = now;
}
const isCopiedAnew = ({ statements }: Held): boolean => statements.some((sql) => sql.startsWith('CREATE OR REPLACE'));

const COPIED = [
  'desk_interactions_current',
  'telegram_messages_current',
  'telegram_events_current',
  'unread',
  ...DERIVED.map(({ name }) => name),
];
async function contents({ snapshot }: Held): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: Record<string, readonly string[]> = {};
  for (const name of COPIED) {
    const { rows } = await snapshot.ask(`SELECT columns(*)::VARCHAR FROM ${name}`, 100_000);
    found[name] = rows.map((row) => JSON.stringify(row)).sort();
  }
  return found;
}

let hours = 0;
async function receive(source: string, bodies: readonly string[]): Promise<void> {
  const window = windowAfter((hours += 1));
  const openedAt = windowStart(window);
  const headers = source === 'telegram' ? { origin: 'webhook', bot: String(BOT) } : {};
  const messages = bodies.map((body, n) => ({
    id: source === 'desk' ? `desk:${hours}:${n}` : '',
    receivedAt: openedAt,
    headers: headers,
    body: new TextEncoder().encode(body),
  }));
  await writeRaw(lake.store, source, openedAt, messages);
  await runWindow(writer, { source, window });
}

const NOON = windowStart(windowAfter(-24 * 30)) / 1000;
/** One of a few messages in a few chats, at one of a few moments; `edit` makes it another state of the same. */
function message(next: () => number, updateId: number): string {
  const one = JSON.parse(updateBody({ updateId, date: 0 })) as { message: Record<string, unknown> };
  const chat = 1_000 + Math.floor(next() * 4);
  const messageId = Math.floor(next() * 25);
  const date = NOON + messageId * 1_300;
  const isBot = messageId % 5 === 0;
  const words = ['consulta', 'vacina', 'exame', 'dentista'];
  const body = {
    ...one.message,
    message_id: 100 * chat + messageId,
    chat: { id: chat, first_name: 'x', type: 'private' },
    from: isBot ? { id: BOT, is_bot: true, first_name: 'b' } : { id: chat, is_bot: false, first_name: 'x' },
    date,
    text: `quero ${words[Math.floor(next() * 4)] ?? ''} ${words[Math.floor(next() * 4)] ?? ''}`,
  };
  const edited = Math.floor(next() * 4);
  return JSON.stringify(
    edited === 0
      ? { update_id: updateId, message: body }
      : { update_id: updateId, edited_message: { ...body, edit_date: date + 60 * edited } },
  );
}

test.each([1, 2])('new people, edits, late versions and answers, merges and compactions (seed %i)', async (seed) => {
  const next = random(seed);
  const held = await openCopy();
  for (let step = 0; step < 5; step += 1) {
    for (let n = 0; n < 1 + (step % 2); n += 1) {
      const messages = Array.from({ length: 12 }, (_, i) => message(next, 1_000 * step + 100 * n + i));
      await receive('telegram', messages);
      await receive('desk', [...Array.from({ length: 6 }, () => JSON.stringify(interaction(next, 5))), '{"bad']);
    }
    if (step % 2 === 1)
      for (const source of ['desk', 'telegram']) {
        await compactAll(writer, source);
        await attempted(writer).mergeLedger({ source, dryRun: false });
        await bringForward(writer, { source });
      }
    await forward(held);
    // The first rows of a source bring its first version; later ones are added.
    expect(isCopiedAnew(held)).toBe(false);
    expect(await contents(held)).toEqual(await contents(await openCopy()));
  }
  const { telegram_conversations: conversations, telegram_words: words, desk_visits: followed } = await contents(held);
  for (const rows of [conversations, words, followed]) expect(rows?.length).toBeGreaterThan(10);
});

test('texts that are not kept have no words, and the copy comes forward without them', async () => {
  const contracts = contractsWith({ texts: false, chats: undefined });
  writer = await lake.process({ contracts });
  reader = { ...reader, contracts };
  const next = random(3);
  const held = await openCopy();
  for (let step = 0; step < 3; step += 1) {
    await receive(
      'telegram',
      Array.from({ length: 12 }, (_, i) => message(next, 1_000 * step + i)),
    );
    await forward(held);
    expect(isCopiedAnew(held)).toBe(false);
    expect(await contents(held)).toEqual(await contents(await openCopy()));
  }
  const { telegram_messages_current: messages, telegram_words: words } = await contents(held);
  expect([messages?.length === 0, words]).toEqual([false, []]);
});

test('what is judged again is copied anew', async () => {
  const next = random(5);
  await receive(
    'desk',
    Array.from({ length: 20 }, () => JSON.stringify(interaction(next, 5))),
  );
  const window = windowAfter(hours);
  const held = await openCopy();
  const turned = DESK.rules.fields.map((field) =>
    field.path !== 'serviceScore'
      ? field
      : {
          ...field,
          apply: (...args: Parameters<typeof field.apply>) => {
            const ruled = field.apply(...args);
            return { ...ruled, cells: ruled.cells.map((cell) => (typeof cell === 'number' ? 10 - cell : cell)) };
          },
        },
  );
  const mended: Contract = { ...DESK, version: DESK.version + 1, rules: { ...DESK.rules, fields: turned } };
  const other = await lake.process({ contracts: new Map([...writer.contracts, ['desk', mended]]) });
  const before = await contents(held);
  expect(await rebuild(other, { source: 'desk', window })).toMatchObject({ kind: 'published' });
  await bringForward(other, { source: 'desk' });
  await forward(held);
  const after = await contents(held);
  expect(after).not.toEqual(before);
  expect(after).toEqual(await contents(await openCopy()));
});
