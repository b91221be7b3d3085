/** The seed's table as a view, and its four questions (queries/telegram_*.sql), answered by DuckDB over what the contract makes of messages. */
import { beforeAll, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { namedQueries } from '../../../../src/cli/queries.ts';
import { currentView, seedView } from '../../../../src/domain/sources/telegram/seed-view.ts';
import { ANA, NOW, PRIVATE, message, update } from './support.ts';
import { person, staged, withTables } from './tables.ts';

const at = (text: string): number => Date.parse(text) / 1000;
const BRUNO = { id: 72, is_bot: false, first_name: 'Ana' };
const NIGHT = at('2025-10-31T02:59:59Z');
const first = message({ message_id: 1, date: NIGHT, text: 'Olá 🙏' });
/** Two people of one first name; one message edited after midnight; one without text; a Monday of the next ISO year. */
const UPDATES: readonly JsonObject[] = [
  update(first, 'message', 1),
  update({ ...first, text: 'Olá a todos', edit_date: NIGHT + 60 }, 'edited_message', 2),
  update(message({ message_id: 2, date: NIGHT + 1, text: 'Boa noite' }), 'message', 3),
  update(message({ message_id: 3, date: NIGHT + 2, text: null, voice: {}, caption: 'Áudio' }), 'message', 4),
  update(message({ message_id: 4, date: NIGHT + 3, from: BRUNO, text: 'Oi' }), 'message', 5),
  update(message({ message_id: 5, date: at('2024-12-30T15:00:00Z'), chat: PRIVATE, text: 'Oi' }), 'message', 6),
];
const [ana, bruno] = [person(ANA.id), person(BRUNO.id)];

type Rows = readonly Record<string, unknown>[];
const ask = (texts: boolean, queries: readonly string[]): Promise<readonly Rows[]> =>
  withTables(staged(UPDATES, NOW), async (session) => {
    await session.run(currentView('telegram_messages'));
    await session.run(seedView(texts));
    const answers: Rows[] = [];
    for (const sql of queries) answers.push(await session.rows(sql));
    return answers;
  });

const TABLE = 'SELECT * FROM telegram ORDER BY message_id';
const QUESTIONS = ['telegram_per_day', 'telegram_per_person_per_day', 'telegram_mean_length', 'telegram_hours_by_week'];
let answers: Readonly<Record<string, Rows>>;

beforeAll(async () => {
  const named = namedQueries();
  const questions = QUESTIONS.map((name) => [name, named.get(name)!.sql] as const);
  const queries = new Map([...questions, ['table', TABLE], ['columns', 'DESCRIBE telegram']]);
  const found = await ask(true, [...queries.values()]);
  answers = Object.fromEntries([...queries.keys()].map((name, i) => [name, found[i]!]));
});

test('the table has the seed’s columns and types, people as pseudonyms', () => {
  expect(
    answers['columns']!.map((column) => `${String(column['column_name'])} ${String(column['column_type'])}`),
  ).toEqual([
    'message_id BIGINT',
    'user_id VARCHAR',
    'user_is_bot BOOLEAN',
    'user_first_name VARCHAR',
    'chat_id BIGINT',
    'chat_type VARCHAR',
    'text VARCHAR',
    'date BIGINT',
    'context_date DATE',
  ]);
});

test('the table holds each message once, as it now reads, on the day it was sent', () => {
  expect(answers['table']!).toHaveLength(5);
  expect(answers['table']![0]).toEqual({
    message_id: '1',
    user_id: ana,
    user_is_bot: false,
    user_first_name: null,
    chat_id: '-1001234567890',
    chat_type: 'supergroup',
    text: 'Olá a todos',
    date: String(NIGHT),
    context_date: '2025-10-30',
  });
  expect(answers['table']!.map(({ text }) => text)).toEqual(['Olá a todos', 'Boa noite', null, 'Oi', 'Oi']);
  expect(answers['table']![4]).toMatchObject({ chat_id: null, chat_type: 'private' });
});

test('messages per day', () => {
  expect(answers['telegram_per_day']!.map(Object.values)).toEqual([
    ['2024-12-30', '1'],
    ['2025-10-30', '1'],
    ['2025-10-31', '3'],
  ]);
});

test('messages per user per day', () => {
  expect(answers['telegram_per_person_per_day']!.map(Object.values)).toEqual(
    [
      [ana, '2024-12-30', '1'],
      [ana, '2025-10-30', '1'],
      [ana, '2025-10-31', '2'],
      [bruno, '2025-10-31', '1'],
    ].sort(),
  );
});

test('mean length of texts per user per day; a message without text is left out', () => {
  expect(answers['telegram_mean_length']!.map(Object.values)).toEqual(
    [
      [ana, '2024-12-30', '1', 2],
      [ana, '2025-10-30', '1', 11],
      [ana, '2025-10-31', '1', 9],
      [bruno, '2025-10-31', '1', 2],
    ].sort(),
  );
});

test('messages per local hour, weekday and ISO week', () => {
  expect(answers['telegram_hours_by_week']!.map((row) => Object.values(row).map(Number))).toEqual([
    [2025, 1, 1, 12, 1],
    [2025, 44, 4, 23, 1],
    [2025, 44, 5, 0, 3],
  ]);
});

test('without texts the table is the same but for them', async () => {
  const [table] = await ask(false, [TABLE]);
  expect(table).toEqual(answers['table']!.map((row) => ({ ...row, text: null })));
});
