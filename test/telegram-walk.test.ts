/** The walk of an update on the real parts: emulator of Telegram, gateway over HTTP, signal, live run, tables, documents. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { telegramImport } from '../src/cli/telegram-import.ts';
import type { Table } from '../src/domain/sources/contract.ts';
import { type Counts, NO_COUNTS, addCounts } from '../src/domain/counts.ts';
import { parseRawKey, rawSourcePrefix, tableRoot } from '../src/domain/formats/layout.ts';
import { demoUpdates } from '../src/domain/sources/telegram/demo.ts';
import { type RunningGateway, startGateway } from '../src/gateway/start.ts';
import { readLedger } from '../src/lake/ledger.ts';
import { verifiedVersions } from '../src/lake/verified.ts';
import { type TelegramEmulator, startTelegramEmulator } from '../src/local/telegram/emulator.ts';
import type { Environment } from '../src/wiring/config.ts';
import { openTelegram } from '../src/wiring/telegram.ts';
import { type Lake, openLake } from './support/lake.ts';

const BOT = '1000000007';
const TOKEN = `${BOT}:walk-token`;
const SECRET = 'a-secret_of-the-walk';

interface Scene {
  readonly lake: Lake;
  readonly emulator: TelegramEmulator;
  readonly gateway: RunningGateway;
  /** Posts a body as Telegram would; the answer's status. */
  post(body: string): Promise<number>;
  close(): Promise<void>;
}

async function openScene(changes: Environment = {}): Promise<Scene> {
  const emulator = await startTelegramEmulator({ port: 0, token: TOKEN });
  const lake = await openLake({
    TELEGRAM_API_ROOT: emulator.address,
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_WEBHOOK_SECRET: SECRET,
    GATEWAY_PORT: '0',
    LIVE_INTERVAL_MS: '1000',
    ...changes,
  });
  const gateway = await startGateway(lake.config, pino({ level: 'silent' }));
  const { api, webhook } = openTelegram({ ...lake.config, TELEGRAM_WEBHOOK_URL: gateway.url });
  await api.setWebhook(webhook());
  await lake.startWorker();
  return {
    lake,
    emulator,
    gateway,
    post: async (body) => {
      const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET };
      return (await fetch(`${gateway.url}/telegram/${BOT}`, { method: 'POST', body, headers })).status;
    },
    close: async () => {
      await emulator.close();
      await gateway.stop();
      await lake.close();
    },
  };
}

const tablesOf = ({ ports }: Lake): readonly Table[] => ports.contracts.get('telegram')!.tables;

/** Everything received so far, once all of it is published, in MongoDB and verified. */
async function settled({ ports }: Lake, received: number): Promise<Counts> {
  for (;;) {
    const { entries } = await readLedger(ports, 'telegram');
    const counts = [...entries].reduce((sum, entry) => addCounts(sum, entry.counts), NO_COUNTS);
    if (counts.received >= received && (await verifiedVersions(ports, 'telegram')).size === entries.length)
      return counts;
    await sleep(100);
  }
}

async function rowsOf({ ports }: Lake, table: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const { files } = await ports.logs(tableRoot(table)).refresh();
  if (files.size === 0) return [];
  return ports.cache.withScratch(async (scratch) => {
    const paths: string[] = [];
    for (const path of files.keys())
      paths.push(await ports.cache.fetch(`${tableRoot(table)}${path}`, scratch, 'a file of a table'));
    return [...(await ports.reader.query(paths, sql, scratch))];
  });
}

describe('what happens in a chat', () => {
  let scene: Scene;
  beforeAll(async () => void (scene = await openScene()));
  afterAll(() => scene.close());

  test('is in tables and documents within seconds, by signal; a repeat is one duplicate', async () => {
    const { lake, emulator } = scene;
    const started = Date.now();
    let delivered = 0;
    const ids = new Map<unknown, number>();
    for (const { update_id: id, ...update } of demoUpdates(Date.now(), Number(BOT))) {
      if (Object.keys(update).length === 0) continue;
      const earlier = ids.get(id);
      if (earlier === undefined) ids.set(id, emulator.control.update(update)!);
      else emulator.control.repeat(earlier);
      delivered += 1;
    }
    const counts = await settled(lake, delivered);
    console.info(`posted → document, ${delivered} updates: ${Date.now() - started} ms`);
    expect(counts).toEqual({ received: 13, enriched: 12, duplicates: 1, quarantined: 0 });
    const documents = await Promise.all(
      tablesOf(lake)
        .filter((table) => table.documents)
        .map(async (table) => [table.name, await lake.ports.documents.count(table)]),
    );
    // Eight states of seven messages: one was edited.
    expect(documents).toEqual([
      ['telegram_messages', 7],
      ['telegram_events', 4],
    ]);
  });

  test('leaves no name, user name, user id or private chat outside raw; free text stands in its own table only', async () => {
    const { lake } = scene;
    const clear = /ana_exemplo|"Ana"|Bruno|Carla|555000000[123]/;
    const keys: string[] = [];
    for await (const { key } of lake.ports.store.list('')) if (!key.startsWith('raw/')) keys.push(key);
    for (const key of keys.filter((name) => !name.endsWith('.parquet')))
      expect([key, clear.test(Buffer.from((await lake.ports.store.get(key))!).toString('utf8'))]).toEqual([key, false]);
    for (const table of tablesOf(lake)) {
      const rows = JSON.stringify(await rowsOf(lake, table.name, 'SELECT * EXCLUDE (filename) FROM rows'));
      expect([table.name, clear.test(rows)]).toEqual([table.name, false]);
      expect([table.name, rows.includes('agendar uma consulta')]).toEqual([
        table.name,
        table.name === 'telegram_texts',
      ]);
    }
  });

  test('also of kinds nobody has seen yet, and of every kind there is: all land, none is refused', async () => {
    const { lake, post } = scene;
    const before = await settled(lake, 0);
    const unknownKinds = async (): Promise<number> => {
      const sql = `SELECT count(*)::INTEGER AS n FROM rows WHERE kind = '*' AND NOT is_known_kind`;
      return Number((await rowsOf(lake, 'telegram_events', sql))[0]?.['n']);
    };
    const unknown = await unknownKinds();
    const folder = 'test/fixtures/telegram-updates';
    const fixtures = readdirSync(folder).filter((name) => name.endsWith('.json'));
    for (const [i, name] of fixtures.entries()) {
      const update = JSON.parse(readFileSync(join(folder, name), 'utf8')) as object;
      expect([name, await post(JSON.stringify({ ...update, update_id: 40_000 + i }))]).toEqual([name, 200]);
    }
    expect(await post('{"update_id":41000,"smoke_signal":{"puffs":3}}')).toBe(200);
    const received = before.received + fixtures.length + 1;
    expect(await settled(lake, received)).toEqual({
      ...before,
      received,
      enriched: before.enriched + fixtures.length + 1,
    });
    expect(await unknownKinds()).toBe(unknown + 1);
  });

  test('whatever it is: what cannot be used is answered 200, quarantined with its reason, and the rest goes on', async () => {
    const { lake, post } = scene;
    const before = await settled(lake, 0);
    const now = Math.floor(Date.now() / 1000);
    const message = (id: number): string =>
      `{"update_id":${id},"message":{"message_id":${id},"date":${now},"chat":{"id":-1009007,"type":"supergroup"},"text":"oi"}}`;
    const bad: readonly (readonly [string, string])[] = [
      ['not JSON', 'invalid_json'],
      ['', 'empty_body'],
      [`{"update_id":50001,"message":${'['.repeat(80)}${']'.repeat(80)}}`, 'too_deep'],
      ['{"message":{"message_id":1}}', 'no_identity'],
      ['{"update_id":"50002","message":{}}', 'no_identity'],
      ['{"update_id":1e30,"message":{}}', 'no_identity'],
      ['[1,2]', 'not_an_object'],
      ['{"update_id":50003}', 'missing_field'],
      [`{"update_id":50004,"message":{},"edited_message":{}}`, 'ambiguous_kind'],
      [
        `{"update_id":50005,"message":{"message_id":1,"date":${now},"chat":{"id":9007199254740993,"type":"group"}}}`,
        'wrong_type',
      ],
      [`{"update_id":50006,"message":{"message_id":1,"date":1,"chat":{"id":-5,"type":"group"}}}`, 'date_out_of_range'],
    ];
    for (const [body] of bad) expect([body, await post(body)]).toEqual([body, 200]);
    for (const id of [50_010, 50_011, 50_011, 50_011, 50_011, 50_011]) expect(await post(message(id))).toBe(200);
    const received = before.received + bad.length + 6;
    expect(await settled(lake, received)).toEqual({
      received,
      enriched: before.enriched + 2,
      duplicates: before.duplicates + 4,
      quarantined: before.quarantined + bad.length,
    });
    const { entries } = await readLedger(lake.ports, 'telegram');
    const reasons = new Map<string, number>();
    for (const entry of entries) {
      const manifest = JSON.parse(new TextDecoder().decode(await lake.ports.store.get(entry.manifest))) as {
        reasons: Record<string, number>;
      };
      for (const [reason, n] of Object.entries(manifest.reasons)) reasons.set(reason, (reasons.get(reason) ?? 0) + n);
    }
    const expected = new Map<string, number>();
    for (const [, reason] of bad) expected.set(reason, (expected.get(reason) ?? 0) + 1);
    expect(Object.fromEntries([...reasons].sort())).toEqual(Object.fromEntries([...expected].sort()));
    let lines = 0;
    for await (const { key } of lake.ports.store.list(rawSourcePrefix('telegram'))) lines += parseRawKey(key)!.count;
    expect(lines).toBe(received);
  });
});

test('an export of a supergroup meets what came live: one document per message, and live wins', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-export-'));
  const scene = await openScene({ IMPORT_DIR: dir });
  const { lake, post } = scene;
  const file = join(dir, 'result.json');
  try {
    const date = Math.floor(Date.now() / 1000) - 3_600;
    const chat = { id: -1_001_500_000_001, type: 'supergroup', title: 'x' };
    const live = { message_id: 10, date, chat, from: { id: 4_242, is_bot: false, first_name: 'x' }, text: 'live' };
    expect(await post(JSON.stringify({ update_id: 1, message: live }))).toBe(200);
    await settled(lake, 1);
    const exported = (id: number, text: string) => ({
      id,
      type: 'message',
      date_unixtime: String(date),
      from_id: 'user4242',
      text,
      text_entities: [],
    });
    const messages = [exported(10, 'as exported'), exported(11, 'before the bot came')];
    writeFileSync(file, JSON.stringify({ name: 'x', type: 'public_supergroup', id: 1_500_000_001, messages }));
    const quiet = { print: () => undefined, screen: { isTTY: false, write: () => true } };
    for (let times = 0; times < 2; times += 1) await telegramImport(lake.config, file, {}, quiet);
    await lake.etl({});
    expect(await settled(lake, 5)).toEqual({ received: 5, enriched: 3, duplicates: 2, quarantined: 0 });
    const [table] = tablesOf(lake);
    expect(await lake.ports.documents.count(table!)).toBe(2);
    const rows = await rowsOf(lake, 'telegram_messages', 'SELECT entity, origin, message_id, person FROM rows');
    expect(new Set(rows.map((row) => row['person'])).size).toBe(1);
    const both = rows.filter((row) => Number(row['message_id']) === 10);
    expect(both.map((row) => row['origin']).sort()).toEqual(['import', 'webhook']);
    const document = await lake.ports.documents.find(table!, String(both[0]!['entity']));
    expect(document).toMatchObject({ origin: 'webhook' });
  } finally {
    rmSync(dirname(file), { recursive: true });
    await scene.close();
  }
});

test('only allowed chats are used, also after a group became a supergroup; others are quarantined; texts can be left out', async () => {
  const scene = await openScene({ TELEGRAM_CHATS: '-4242', TELEGRAM_TEXTS: 'off' });
  const { lake, emulator } = scene;
  try {
    const say = (id: number, text: string): number =>
      emulator.control.update({
        message: { message_id: text.length, date: Math.floor(Date.now() / 1000), chat: { id, type: 'group' }, text },
      })!;
    say(-4242, 'in the group');
    say(-7, 'in a forged chat');
    await settled(lake, 2);
    const moved = Number(emulator.control.migrate('-4242'));
    say(moved, 'in the supergroup, soon');
    await settled(lake, 5);
    say(moved, 'in the supergroup, a window run later');
    expect(await settled(lake, 6)).toEqual({ received: 6, enriched: 5, duplicates: 0, quarantined: 1 });
    expect(tablesOf(lake).map(({ name }) => name)).toEqual(['telegram_messages', 'telegram_events']);
    expect((await lake.ports.logs(tableRoot('telegram_texts')).refresh()).version).toBe(-1);
  } finally {
    await scene.close();
  }
});
