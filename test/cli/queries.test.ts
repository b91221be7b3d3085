/** queries/*.sql on the lake of a month, against the answers of a script that shares no code with chatlake; and on the seed's 45 messages. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { namedQueries } from '../../src/cli/queries.ts';
import { addQuery, query } from '../../src/cli/query.ts';
import { demoBodies } from '../../src/domain/sources/desk/demo.ts';
import { FIGURES } from '../../src/domain/kpi/figures/index.ts';
import type { Ports } from '../../src/activities/ports.ts';
import { createDirectoryStore } from '../../src/adapters/object-store/directory.ts';
import { loadConfig } from '../../src/wiring/config.ts';
import { runWindow } from '../integration/run-window.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { TEST_KEY } from '../support/lake.ts';
import { type Message, land } from '../support/land.ts';
import { type MemoryLake, openMemoryLake } from '../support/memory-lake.ts';
import { MONTH_COUNTS, MONTH_WINDOWS, monthQuestions, receiveMonth } from '../support/month.ts';

type Rows = readonly (readonly unknown[])[];

const QUERIES = namedQueries();
const dir = mkdtempSync(join(tmpdir(), 'chatlake-queries-'));
let lake: MemoryLake;
let ports: Ports;
const said: string[] = [];

const ask = async (name: string, on = ports): Promise<Rows> => {
  said.length = 0;
  const { rows } = await query(on, { sql: QUERIES.get(name)!.sql }, (text) => void said.push(text));
  return rows.map((row) => row.map((cell) => (cell instanceof Date ? cell.toISOString() : cell)));
};
/** A list for each person, without telling who, as the script gives them: its order does not hang on names. */
function byPerson(rows: Rows): Rows {
  const people = new Map<unknown, unknown[]>();
  for (const [person, ...rest] of rows) people.set(person, [...(people.get(person) ?? []), rest]);
  expect([...people.keys()].filter((person) => !/^k0000000:[0-9a-f]{32}$/.test(String(person)))).toEqual([]);
  return inOrder([...people.values()]);
}
const inOrder = (people: Rows): Rows => [...people].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

beforeAll(async () => {
  lake = openMemoryLake(undefined, createDirectoryStore(join(dir, 'month')));
  ports = await lake.process();
  await receiveMonth(ports);
});
afterAll(() => {
  lake.close();
  rmSync(dir, { recursive: true });
});

/** What `chatlake query …` prints on a lake of that folder. */
async function printed(bucket: string, ...args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const config = () =>
    loadConfig({
      S3_ENDPOINT: pathToFileURL(dir).href,
      S3_BUCKET: bucket,
      PSEUDONYM_KEY: TEST_KEY,
      WORK_DIR: join(dir, `work-${bucket}`),
    });
  const program = new Command('chatlake').exitOverride();
  addQuery(program, { config, print: (text) => void lines.push(text), say: () => undefined });
  await program.parseAsync(['query', ...args], { from: 'user' });
  return lines.join('\n');
}

test('each says in a sentence what it answers, is one statement, and has a name of its own', () => {
  expect(QUERIES.size).toBe(18);
  for (const [name, { about, sql }] of QUERIES) {
    expect([name, /^[A-Z].+\.$/.test(about), /^SELECT\b/.test(sql), sql.includes(';')]).toEqual([
      name,
      true,
      true,
      false,
    ]);
    expect([name, FIGURES.has(name)]).toEqual([name, false]);
    // Texts are what people wrote: no question by name reads them, nor the answers on health.
    expect([name, /telegram_texts|headache|symptoms|covid/.test(sql)]).toEqual([name, false]);
  }
});

test('the command answers by name, and @ lists every name', async () => {
  const csv = await printed('month', '@desk_per_day', '--format', 'csv');
  expect(csv.split('\n').slice(1)).toEqual(monthQuestions['desk_per_day']!.map((row) => row.join(',')));
  const list = await printed('month', '@');
  for (const [name, { about }] of QUERIES) expect(list).toMatch(new RegExp(`^@${name} +${about.slice(0, 20)}`, 'm'));
  await expect(printed('month', '@desk_per_dya')).rejects.toThrow('chatlake query @ shows the names');
});

test('a lake without a message answers each with no row', async () => {
  for (const name of QUERIES.keys()) expect([name, await printed('empty', `@${name}`, '--json')]).toEqual([name, '[]']);
});

describe('a month', () => {
  test.each([
    'desk_per_day',
    'desk_scores_per_day',
    'desk_hours_by_week',
    'telegram_per_day',
    'telegram_hours_by_week',
  ])('%s is what the script says', async (name) => {
    expect(await ask(name)).toEqual(monthQuestions[name]);
  });

  test.each(['desk_per_person_per_day', 'telegram_per_person_per_day', 'telegram_mean_length'])(
    '%s is what the script says, people under pseudonyms',
    async (name) => {
      expect(byPerson(await ask(name))).toEqual(inOrder(monthQuestions[name]!));
    },
  );

  test('the samples are the ten newest, without texts and health', async () => {
    const desk = await ask('desk_sample');
    expect(desk.map(([day, hour, channel]) => [day, hour, channel])).toEqual(monthQuestions['desk_sample']);
    const telegram = await ask('telegram_sample');
    expect(telegram.map((row) => [row[0], row[4], row[5], row[9]])).toEqual(monthQuestions['telegram_sample']);
    expect(said.join()).not.toContain('telegram_texts');
  });

  test('volume, duplicates and windows are what was received', async () => {
    const [first, second] = MONTH_WINDOWS.map((window) => new Date(`${window}:00:00Z`).toISOString());
    const day = first!.slice(0, 10);
    const counts = Object.entries(MONTH_COUNTS).map(([source, counted]) => [day, source, ...Object.values(counted)]);
    expect(await ask('volume')).toEqual(counts);
    expect(await ask('duplicates')).toEqual([[day, 'desk', 40, 9.03]]); // 40 of 443
    expect((await ask('windows')).map(([source, window, ...rest]) => [source, iso(window), ...rest])).toEqual([
      ['desk', second, 43, 1, 0],
      ['telegram', second, 3, 1, 0],
      ['desk', first, 400, 1, 0],
      ['telegram', first, MONTH_COUNTS.telegram.received - 3, 1, 0],
    ]);
  });

  test('what could not be read, by reason and field', async () => {
    expect((await ask('quarantine')).map((row) => row.slice(0, 4))).toEqual([
      ['desk', 'invalid_date', 'date', 2],
      ['desk', 'not_an_object', '$', 1],
    ]);
  });

  test('late are all messages of the month, for they came in January; the slowest are the oldest', async () => {
    const late = (await ask('late')).filter(([source]) => source === 'desk');
    expect(late.map(([, day, , messages]) => [day, messages])).toEqual(monthQuestions['late_desk']);
    expect((await ask('slowest')).map(([, at]) => iso(at).slice(0, 19))).toEqual(monthQuestions['slowest']);
  });

  test('edits are the messages that have two versions', async () => {
    const sql = 'SELECT entity, 2 FROM telegram_messages_current WHERE message_id <= 3 ORDER BY entity';
    const { rows } = await query(ports, { sql }, () => undefined);
    expect((await ask('edits')).map(([entity, versions]) => [entity, versions])).toEqual(rows);
    expect(rows).toHaveLength(3);
  });
});

test('a word that is not in the menu is listed by its place, not by itself', async () => {
  const own = openMemoryLake();
  try {
    const ports = await own.process();
    const body = { date: '05/08/2021 10:00:00', services: ['informacoes', 'Maria Souza'] };
    await land(ports.store, { source: 'desk', window: windowAfter(0) }, [
      ['a', JSON.stringify(body)],
      ['b', JSON.stringify({ ...body, services: ['informacoes'] })],
    ]);
    await runWindow(ports, { source: 'desk', window: windowAfter(0) });
    const rows = await ask('new_services', ports);
    expect(rows.map(([, place]) => place)).toEqual([expect.stringMatching(/^raw\/source=desk\/.+\.ndjson\.gz#0$/)]);
    expect(JSON.stringify(rows).toLowerCase()).not.toContain('maria');
  } finally {
    own.close();
  }
});

const iso = (value: unknown): string => new Date(`${String(value).replace(' ', 'T').slice(0, 19)}Z`).toISOString();

test('the seed: 45 messages on three days, scored as its document says', async () => {
  const seed = openMemoryLake();
  try {
    const own = await seed.process();
    const landing = { source: 'desk', window: windowAfter(0) };
    await land(
      own.store,
      landing,
      demoBodies().map((body, i): Message => [`seed:${i}`, body]),
    );
    await runWindow(own, landing);
    const days = [
      ['2021-08-02', 'whatsapp', 10],
      ['2021-08-03', 'telegram', 15],
      ['2021-08-05', 'telefone', 20],
    ];
    expect(await ask('desk_per_day', own)).toEqual(days);
    // CSAT is 30 of 45: Geralt gave 10, Yennifer 6, Dandelion 8.
    expect(await ask('desk_scores_per_day', own)).toEqual([
      ['2021-08-02', 'whatsapp', 10, 10, 10],
      ['2021-08-03', 'telegram', 15, 0, 6],
      ['2021-08-05', 'telefone', 20, 20, 8],
    ]);
    // Monday 11 h, Tuesday 17 h, Thursday 15 h of ISO week 31.
    expect(await ask('desk_hours_by_week', own)).toEqual([
      [2021, 31, 1, 11, 10],
      [2021, 31, 2, 17, 15],
      [2021, 31, 4, 15, 20],
    ]);
    // Only Yennifer's CPF is one.
    expect(byPerson(await ask('desk_per_person_per_day', own))).toEqual([[['2021-08-03', 15]]]);
    expect(await ask('telegram_per_day', own)).toEqual([]);
  } finally {
    seed.close();
  }
});
