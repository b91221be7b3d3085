/** What becomes of imports in tables and documents: accounts, zones, and messages that cannot be read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isDecision } from '../../src/domain/formats/ledger.ts';
import { tableRoot } from '../../src/domain/formats/layout.ts';
import { windowStart } from '../../src/domain/window.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { finish, runOn } from '../support/import-run.ts';
import { BOT, type SmallLake, openSmallLake } from '../support/small-lake.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatlake-imports-'));
let lake: SmallLake;
let hour = 0;
beforeAll(async () => void (lake = await openSmallLake()));
afterAll(async () => {
  await lake.close();
  rmSync(dir, { recursive: true, force: true });
});

interface Given {
  readonly zone?: string;
  readonly account?: string;
}

/** Imports a file in an hour of its own and runs it; the counts of its ledger entry. */
async function imported(text: string, given: Given = {}) {
  const file = join(dir, 'result.json');
  writeFileSync(file, text);
  const window = windowAfter((hour += 1));
  await finish(
    runOn(lake.store, BOT, () => windowStart(window)),
    { file, sliceMs: 600_000, ...given },
  );
  await lake.run('telegram', window);
  const { received, ...counts } = [...(await readLedger(lake.ports, 'telegram')).entries]
    .filter(isDecision)
    .at(-1)!.counts;
  expect(received).toBeGreaterThan(0);
  return counts;
}

/** The current rows of a chat. */
async function current(chatId: string): Promise<readonly Record<string, unknown>[]> {
  const { ports } = lake;
  const { files } = await ports.logs(tableRoot('telegram_messages')).refresh();
  return ports.cache.withScratch(async (scratch) => {
    const paths: string[] = [];
    for (const path of files.keys())
      paths.push(await ports.cache.fetch(`${tableRoot('telegram_messages')}${path}`, scratch, 'a file of a table'));
    const sql = `SELECT entity, message_id::INTEGER AS id, epoch_ms(occurred_at)::DOUBLE AS ms, version FROM rows WHERE chat = '${chatId}'
      QUALIFY row_number() OVER (PARTITION BY entity ORDER BY version DESC) = 1 ORDER BY id, ms`;
    return [...(await ports.reader.query(paths, sql, scratch))];
  });
}

const documentOf = (row: Record<string, unknown>) =>
  lake.ports.documents.find(lake.ports.contracts.get('telegram')!.tables[0], String(row['entity']));

const chat = (type: string, id: number, messages: readonly object[]): string =>
  JSON.stringify({ name: 'x', type, id, messages });

test('two accounts’ exports of one chat are two, each again is none', async () => {
  const said = (date: number) => [
    { id: 1, type: 'message', date_unixtime: String(date), from_id: 'user5', text: 'oi' },
  ];
  const group = chat('private_group', 100, said(1_700_000_000));
  expect(await imported(group, { account: 'reception' })).toEqual({ enriched: 1, duplicates: 0, quarantined: 0 });
  expect(await imported(group, { account: 'pharmacy' })).toEqual({ enriched: 1, duplicates: 0, quarantined: 0 });
  expect(await imported(group, { account: 'reception' })).toEqual({ enriched: 0, duplicates: 1, quarantined: 0 });
  const full = `{"personal_information":{"user_id":77},"chats":{"list":[${group}]}}`;
  expect(await imported(full)).toEqual({ enriched: 1, duplicates: 0, quarantined: 0 });
  expect((await current('-100')).length).toBe(3);
});

test.each([
  ['a basic group', 'private_group', 2 ** 33 + 200, '-200'],
  ['a supergroup', 'private_supergroup', 2 ** 33 + 300, '-1000000000300'],
])(
  'of %s imported under a wrong zone the right one is current, earlier or later, edited or not',
  async (_, type, id, of) => {
    const messages = [
      { id: 1, type: 'message', date: '2019-03-01T00:30:00', text: 'just after midnight' },
      { id: 2, type: 'message', date: '2019-03-01T23:30:00', edited: '2019-03-02T00:10:00', text: 'edited' },
    ];
    const old = chat(type, id, messages);
    const utc = [Date.UTC(2019, 2, 1, 0, 30), Date.UTC(2019, 2, 1, 23, 30)];
    for (const [zone, hours] of [
      ['Asia/Tokyo', -9],
      ['America/Sao_Paulo', 3],
      ['UTC', 0],
    ] as const) {
      expect(await imported(old, { zone, account: 'reception' })).toEqual({
        enriched: 2,
        duplicates: 0,
        quarantined: 0,
      });
      const rows = await current(of);
      expect(rows.map((row) => [row['id'], row['ms']])).toEqual(utc.map((at, n) => [n + 1, at + hours * 3_600_000]));
      for (const row of rows)
        expect(await documentOf(row)).toMatchObject({ version: row['version'], eventDate: '2019-03-01' });
    }
    expect(await imported(old, { zone: 'UTC', account: 'reception' })).toMatchObject({ enriched: 0, duplicates: 2 });
  },
);

test.each([
  ['a basic group', 'private_group', 500, '-500'],
  ['a supergroup', 'private_supergroup', 600, '-1000000000600'],
])('of %s exported long ago and again today each message is one, and today’s is current', async (_, type, id, of) => {
  const account = 'reception';
  const written = ['2019-03-01T23:30:00', '2019-03-02T00:10:00'];
  const instants = [Date.UTC(2019, 2, 2, 2, 30), Date.UTC(2019, 2, 2, 3, 10)];
  const old = written.map((date, n) => ({ id: n + 1, type: 'message', date, text: 'oi' }));
  const today = instants.map((ms, n) => ({
    ...old[n],
    date: new Date(ms + 9 * 3_600_000).toISOString().slice(0, 19),
    date_unixtime: String(ms / 1000),
  }));
  const both = { enriched: 2, duplicates: 0, quarantined: 0 };
  // Imported under a wrong zone: who names the instant mends that.
  expect(await imported(chat(type, 2 ** 33 + id, old), { zone: 'UTC', account })).toEqual(both);
  expect(await imported(chat(type, id, today), { account })).toEqual(both);
  expect((await current(of)).map((row) => row['ms'])).toEqual(instants);
});

test('a message that cannot be read is quarantined once, however often its file is imported', async () => {
  const bad = '{"id":2,"type":"message","date_unixtime":"1700000120","text":"a\\x0Bb"}';
  const text = chat('private_supergroup', 400, [{ id: 1, date_unixtime: '1700000000', text: 'oi' }, {}, [1]]).replace(
    '[1]',
    `${bad},${bad}`,
  );
  // The second of two alike stands elsewhere, so it is another.
  expect(await imported(text)).toEqual({ enriched: 1, duplicates: 0, quarantined: 3 });
  expect(await imported(text)).toEqual({ enriched: 0, duplicates: 4, quarantined: 0 });
});
