/** chatlake telegram import on the real server and store: what is seen while it runs, and what a wrong file is told. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PermanentError } from '../../src/domain/errors.ts';
import { decodeRawLine } from '../../src/domain/formats/raw.ts';
import { query } from '../../src/cli/query.ts';
import { type ImportOptions, telegramImport } from '../../src/cli/telegram-import.ts';
import { type Lake, openLake } from '../support/lake.ts';

const dir = mkdtempSync(join(tmpdir(), 'chatlake-import-'));
let lake: Lake;
let clock = Date.now();

beforeAll(async () => {
  lake = await openLake({ TELEGRAM_BOT_ID: '77', IMPORT_DIR: dir });
  // A clock that runs ahead ends a slice after every batch.
  await lake.startWorker({ overrides: { now: () => (clock += 3_000) } });
});
afterAll(async () => {
  await lake.close();
  rmSync(dir, { recursive: true, force: true });
});

function fileOf(text: string): string {
  const path = join(dir, 'result.json');
  writeFileSync(path, text);
  return path;
}

async function run(file: string, options: ImportOptions = {}) {
  const [said, seen]: [string[], string[]] = [[], []];
  const screen = { isTTY: true, write: (text: string) => seen.push(text) > 0 };
  await telegramImport(lake.config, file, options, { print: (text) => void said.push(text), screen });
  return { said, seen: seen.join('') };
}

async function bodies(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of lake.ports.store.list('raw/source=telegram/')) {
    const bytes = await lake.ports.store.get(key);
    for (const line of gunzipSync(bytes!).toString('utf8').trimEnd().split('\n')) found.push(decodeRawLine(line).body!);
  }
  return found;
}

test('an export of several slices is in raw, and the command says so', async () => {
  const messages = Array.from({ length: 12_000 }, (_, id) => `{"id":${id},"date_unixtime":"1795000000"}`);
  const file = fileOf(`{"name":"x","type":"public_supergroup","id":1500000001,"messages":[${messages.join(',\n')}]}`);
  const { said, seen } = await run(file, { json: true });
  const result = JSON.parse(said.join()) as { readonly workflow: string };
  expect(result).toMatchObject({ messages: 12_000, objects: 3, chats: 1, ofUnknownChats: 0 });
  expect(seen.endsWith('\r\u001b[K')).toBe(true);
  expect((await bodies()).sort()).toEqual(messages.sort());

  expect(result.workflow).toMatch(/^import-[0-9a-f-]{36}$/);
  const { events } = await lake.client.workflow.getHandle(result.workflow).fetchHistory();
  const slices = events?.filter((event) => event.activityTaskScheduledEventAttributes) ?? [];
  expect(slices.length).toBeGreaterThan(1);
  // Ids of chats may be people's: the history has offsets and counts only.
  expect(JSON.stringify(slices)).not.toContain('1500000001');
});

test('it ends with how to see the result, and what it names shows it', async () => {
  const messages = [1, 2, 3].map((id) => `{"id":${id},"type":"message","date_unixtime":"1795000000","text":"x"}`);
  const { said } = await run(fileOf(`{"type":"public_supergroup","id":1500000009,"messages":[${messages.join()}]}`));
  const [, sql = ''] = /to see them: chatlake query "(.+)"$/m.exec(said.join('\n')) ?? [];
  expect(said.join('\n')).toContain('chatlake quarantine list --source telegram');
  await lake.etl({ source: 'telegram' });
  const { columns, rows } = await query(lake.ports, { sql, most: 100 }, () => undefined);
  expect(columns).toEqual(['chat', 'messages', 'first', 'last']);
  expect(rows.find(([, count]) => count === 3)).toBeDefined();
});

test('what lies elsewhere, or where a link leads, is not read', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'chatlake-elsewhere-'));
  writeFileSync(join(elsewhere, 'result.json'), '{}');
  symlinkSync(elsewhere, join(dir, 'link'));
  await expect(run(join(elsewhere, 'result.json'))).rejects.toThrow(/^Exports are imported from the folder/);
  await expect(run('link/result.json')).rejects.toThrow(/The worker sees no file "link\/result.json"/);
  rmSync(elsewhere, { recursive: true });
});

test('without a file, the command says where it was looked for', async () => {
  const run1 = run(join(dir, 'absent.json'));
  await expect(run1).rejects.toThrow(PermanentError);
  await expect(run1).rejects.toThrow(
    'The worker sees no file "absent.json" in its folder of imports (IMPORT_DIR): put the export there',
  );
});

test.each([
  ['{"type":"private_group","id":7,"messages":[{"id":1', {}, 'from byte 43 on: the file ends inside a message'],
  ['{"chats":[', {}, 'cannot be read from byte 9 on'],
  ['{}', {}, 'holds no chats'],
  [
    '{"type":"private_group","id":7,"messages":[{"id":1,"date":"2019-01-01T00:00:00"}]}',
    {},
    '--zone America/Sao_Paulo',
  ],
  ['{"type":"private_group","id":7,"messages":[{"id":1,"date_unixtime":"1600000000"}]}', {}, '--account reception'],
  ['{}', { account: 'Ana Souza' }, '"account" must be a word'],
  ['{}', { zone: 'Brazil/Nowhere' }, '"zone" must be a time zone by its IANA name'],
])('%s with %j is refused in one sentence', async (text, options, sentence) => {
  await expect(run(fileOf(text), options)).rejects.toThrow(sentence);
});
