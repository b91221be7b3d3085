/** What the contract makes of updates that are no messages. */
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { ANA, GROUP, NOW, PRIVATE, message, row, update } from './support.ts';

const cells = (kind: string, payload: JsonObject): Record<string, unknown> => row(update(payload, kind)).cells;
const member = (status: string, more: JsonObject = {}): JsonObject => ({ user: { id: 72 }, status, ...more });
const change = (old: JsonObject, now: JsonObject): JsonObject => ({
  chat: GROUP,
  from: ANA,
  date: NOW - 5,
  old_chat_member: old,
  new_chat_member: now,
});

describe('membership', () => {
  test('says who moved, and who moved them', () => {
    expect(cells('chat_member', change(member('left'), member('member')))).toMatchObject({
      person: 'k1:telegram/person:71',
      subject: 'k1:telegram/person:72',
      chat: '-1001234567890',
      old_status: 'left',
      new_status: 'member',
      movement: 'join',
      occurred_at: (NOW - 5) * 1000,
    });
  });

  test.each([
    ['member', 'kicked', {}, 'leave'],
    ['kicked', 'left', {}, null],
    ['member', 'administrator', {}, null],
    ['left', 'restricted', { is_member: true }, 'join'],
    ['member', 'restricted', { is_member: false }, 'leave'],
    ['left', 'restricted', {}, null],
    ['left', 'hologram', {}, null],
  ])('%s to %s %j: %s', (old, now, more, expected) =>
    expect(cells('my_chat_member', change(member(old), member(now, more)))['movement']).toBe(expected),
  );
});

test('reactions are counted by what changed', () => {
  const [heart, fire] = [
    { type: 'emoji', emoji: '❤️' },
    { type: 'emoji', emoji: '🔥' },
  ];
  const custom = (id: string): JsonObject => ({ type: 'custom_emoji', custom_emoji_id: id });
  const reaction = { chat: GROUP, user: ANA, message_id: 9, date: NOW, old_reaction: [heart, custom('1')] };
  expect(cells('message_reaction', { ...reaction, new_reaction: [heart, custom('2'), fire] })).toMatchObject({
    person: 'k1:telegram/person:71',
    message_id: 9,
    reactions: ['❤️', 'custom_emoji', '🔥'],
    reactions_added: 2,
    reactions_removed: 1,
  });
  const made = [{ type: 'emoji', emoji: 'Ana Souza' }, { type: 'ana_souza' }, 7];
  expect(cells('message_reaction', { ...reaction, new_reaction: made })['reactions']).toEqual(['*', '*', '*']);
  const counted = {
    reactions: [
      { type: heart, total_count: 2 },
      { type: fire, total_count: 3 },
    ],
  };
  expect(cells('message_reaction_count', counted)).toMatchObject({ reactions: ['❤️', '🔥'], item_count: 5 });
});

test('a button’s data and a query’s text are texts', () => {
  const pressed = row(
    update({ from: ANA, message: message({ chat: PRIVATE, date: 0 }), data: 'agendar' }, 'callback_query'),
  );
  expect(pressed.tables).toEqual(['telegram_events', 'telegram_texts']);
  expect(pressed.issues).toEqual([]);
  expect(pressed.eventDate).toBe('2025-11-01');
  expect(pressed.cells).toMatchObject({
    message_id: 10,
    occurred_at: null,
    local_hour: 9,
    text_length: 7,
    text: 'agendar',
  });
  const off = row(update({ from: ANA, query: 'dor de cabeça' }, 'inline_query'), { texts: false });
  expect(off.tables).toEqual(['telegram_events']);
  expect(off.cells).toMatchObject({ text: null, text_length: 13 });
});

test.each<[string, JsonObject, JsonObject]>([
  ['poll', { id: '5', is_closed: true, total_voter_count: 3 }, { poll: '5', state: 'closed', item_count: 3 }],
  ['poll_answer', { poll_id: '5', user: ANA, option_ids: [] }, { poll: '5', item_count: 0 }],
  ['pre_checkout_query', { from: ANA, currency: 'BRL', total_amount: 990 }, { currency: 'BRL', total_amount: 990 }],
  ['business_connection', { id: 'c', user: ANA, is_enabled: false }, { state: 'disabled' }],
  ['deleted_business_messages', { chat: PRIVATE, message_ids: [1, 2] }, { item_count: 2, chat_id: null }],
  ['subscription', { user: ANA, state: 'canceled' }, { state: 'canceled', person: 'k1:telegram/person:71' }],
  [
    'chat_boost',
    { chat: GROUP, boost: { add_date: NOW, source: { source: 'premium', user: ANA } } },
    { state: 'premium' },
  ],
  ['removed_chat_boost', { chat: GROUP, remove_date: NOW, source: { user: ANA } }, { person: 'k1:telegram/person:71' }],
])('%s', (kind, payload, expected) => expect(cells(kind, payload)).toMatchObject(expected));

test('a payload of a wrong form is a row that says so', () => {
  for (const payload of ['x', 7, [], true]) {
    const { cells: kept, issues, eventDate } = row({ update_id: 1, chat_member: payload });
    expect([kept['kind'], issues.map(({ code }) => code), eventDate]).toEqual([
      'chat_member',
      ['wrong_type'],
      '2025-11-01',
    ]);
  }
  const issues = row(update({ chat: 7, date: 0, old_reaction: 'x' }, 'message_reaction')).issues;
  expect(issues.map(({ field, code }) => `${code} ${field}`).sort()).toEqual([
    'out_of_range message_reaction.date',
    'wrong_type message_reaction.chat',
    'wrong_type message_reaction.old_reaction',
  ]);
});
