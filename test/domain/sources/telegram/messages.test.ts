/** What the contract makes of one message. */
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { ANA, BOT, GROUP, NOW, PRIVATE, message, refused, row, update } from './support.ts';

const cells = (more: JsonObject, headers?: Record<string, string>): Record<string, unknown> =>
  row(update(message(more)), headers === undefined ? {} : { headers }).cells;
const issues = (more: JsonObject): string[] =>
  row(update(message(more))).issues.map(({ field, code }) => `${code} ${field}`);

test('a message of a group, whole', () => {
  expect(row(update(message())).cells).toEqual({
    kind: 'message',
    origin: 'webhook',
    bot: BOT,
    direction: 'in',
    message_id: 10,
    person: 'k1:telegram/person:71',
    user_is_bot: false,
    language_code: 'pt-br',
    sender_chat: null,
    chat_id: -1_001_234_567_890,
    chat: '-1001234567890',
    chat_type: 'supergroup',
    occurred_at: (NOW - 60) * 1000,
    local_hour: 9,
    weekday: 6,
    iso_year: 2025,
    iso_week: 44,
    epi_year: 2025,
    epi_week: 44,
    edited_at: null,
    is_edited: false,
    media: null,
    has_media: false,
    service: null,
    members: null,
    text: 'Bom dia',
    text_length: 7,
    caption_length: null,
    word_count: 2,
    entities: null,
    reply_to_message_id: null,
    is_reply: false,
    is_forwarded: false,
    forward_kind: null,
    via_bot: false,
    thread_id: null,
    media_group: null,
  });
});

describe('dates', () => {
  test('the day is local and that of the first sending, whatever the edit', () => {
    const late = Date.UTC(2025, 9, 31, 2, 59, 59) / 1000;
    const edited = row(update(message({ date: late, edit_date: NOW }), 'edited_message'));
    expect(edited.eventDate).toBe('2025-10-30');
    expect(edited.cells).toMatchObject({ local_hour: 23, is_edited: true, edited_at: NOW * 1000 });
    expect(row(update(message({ date: late + 1 }))).eventDate).toBe('2025-10-31');
  });

  test.each([0, -1, Date.UTC(2100, 0, 1) / 1000, 1e15])('%d cannot be one', (date) =>
    expect(refused(update(message({ date })))).toBe('date_out_of_range message.date'),
  );

  test('an edit that cannot be is noticed and left out', () => {
    expect(issues({ edit_date: 1 })).toEqual(['out_of_range message.edit_date']);
    expect(cells({ edit_date: 1 })).toMatchObject({ edited_at: null, is_edited: true });
  });

  test('Telegram’s own is trusted where our clock is behind it', () => {
    const ahead = NOW + 400 * 86_400;
    expect(row(update(message({ date: ahead, edit_date: ahead }))).cells).toMatchObject({ edited_at: ahead * 1000 });
    expect(issues({ date: ahead })).toEqual([]);
  });
});

describe('what a message cannot do without', () => {
  test.each<[JsonObject, string]>([
    [{ chat: null }, 'missing_field message.chat'],
    [{ chat: 'x' }, 'wrong_type message.chat'],
    [{ chat: {} }, 'missing_field message.chat.id'],
    [{ chat: { id: '7' } }, 'wrong_type message.chat.id'],
    [{ chat: { id: 9_007_199_254_740_992 } }, 'wrong_type message.chat.id'],
    [{ message_id: null }, 'missing_field message.message_id'],
    [{ message_id: 1e30 }, 'wrong_type message.message_id'],
    [{ date: null }, 'missing_field message.date'],
    [{ date: 1.5 }, 'wrong_type message.date'],
  ])('%j', (more, expected) => expect(refused(update(message(more)))).toBe(expected));

  test('is refused by its own path in an answer and an export', () => {
    const sent = { origin: 'sent', method: 'sendMessage' };
    expect(refused({ ok: true, result: { ...message(), date: 'x' } }, { headers: sent })).toBe(
      'wrong_type result.date',
    );
    expect(refused({ ok: true, result: true }, { headers: sent })).toBe('wrong_type result');
    expect(refused({ ok: true }, { headers: sent })).toBe('missing_field result');
    const chat = { origin: 'import', chat: '-1001000000001', chat_type: 'supergroup' };
    expect(refused({ id: 1, date_unixtime: '1' }, { headers: chat })).toBe('date_out_of_range date');
    expect(refused({ id: 1, date_unixtime: '1' }, { headers: { origin: 'import' } })).toBe('missing_field chat');
    expect(refused({ id: 1, date_unixtime: '1' }, { headers: { ...chat, chat: '9007199254740993' } })).toBe(
      'wrong_type chat',
    );
  });

  test('is a payload, of one kind', () => {
    expect(refused({ update_id: 1 })).toBe('missing_field $');
    expect(refused({ update_id: 1, message: null })).toBe('missing_field $');
    expect(refused(update('text'))).toBe('wrong_type message');
    expect(refused({ ...update(message()), poll: {} })).toBe('ambiguous_kind message+poll');
    expect(refused({ ...update({}, 'hologram'), 'Ana Souza': {} })).toBe('ambiguous_kind *+*');
    expect(refused({ ...update({}, 'hologram'), 'Ana Souza': {}, maria_souza: {} })).toBe('ambiguous_kind *+*');
    expect(row({ ...update(message()), sequence: 7 }).cells['kind']).toBe('message');
  });
});

describe('people', () => {
  test('a private chat has the pseudonym of its user and no id', () => {
    expect(cells({ chat: PRIVATE })).toMatchObject({ chat_id: null, chat: 'k1:telegram/person:71' });
    expect(cells({ chat: { id: 71 } })).toMatchObject({
      chat_id: null,
      chat: 'k1:telegram/person:71',
      chat_type: null,
    });
  });

  test('who writes on behalf of a chat is nobody', () => {
    expect(cells({ from: { id: 1_087_968_824, is_bot: true }, sender_chat: GROUP })).toMatchObject({
      sender_chat: 'k1:telegram/person:-1001234567890',
      direction: 'in',
    });
    expect(cells({ sender_chat: GROUP })['person']).toBeUndefined();
  });

  test('the bot’s own messages go out', () => {
    expect(cells({ from: { id: Number(BOT), is_bot: true } })).toMatchObject({ direction: 'out', user_is_bot: true });
    const headers = { origin: 'sent', method: 'sendMessage' };
    expect(row({ ok: true, result: message() }, { headers }).cells).toMatchObject({ kind: 'sent', direction: 'out' });
  });

  test('an id that is not exact is nobody, and noticed', () => {
    expect(issues({ from: { ...ANA, id: 1e30, language_code: 7 } })).toEqual(['wrong_type message.from.id']);
    expect(cells({ from: null })['person']).toBeUndefined();
  });
});

describe('content', () => {
  test('text counts in code points and words, media by their caption', () => {
    expect(cells({ text: 'Olá 👩‍⚕️, às 10h?' })).toMatchObject({ text_length: 17, word_count: 3, caption_length: null });
    const photo = cells({ text: null, caption: 'minha receita', photo: [{}], media_group_id: '13' });
    expect(photo).toMatchObject({
      text_length: null,
      caption_length: 13,
      word_count: 2,
      media: 'photo',
      has_media: true,
    });
    expect(photo).toMatchObject({ text: 'minha receita', media_group: '13' });
  });

  test('entities are types only', () => {
    const marked = [{ type: 'email', offset: 0, length: 5 }, { type: 'phone_number' }, { type: 'maria_souza' }, 7];
    expect(cells({ entities: marked })['entities']).toEqual(['email', 'phone_number']);
    expect(issues({ entities: marked })).toEqual(['unreadable_item message.entities']);
    expect(cells({ text: null, caption: 'a', caption_entities: [{ type: 'url' }] })['entities']).toEqual(['url']);
  });

  test('a service message says what happened; what no list knows is counted', () => {
    expect(cells({ text: null, new_chat_members: [ANA, ANA] })).toMatchObject({
      service: 'new_chat_members',
      members: 2,
    });
    expect(cells({ text: null, hologram_ended: {} })).toMatchObject({ service: '*', media: null });
    expect(cells({ text: null, maria_da_silva: {} })['service']).toBe('*');
    expect(cells({ hologram_style: 'blue' })['service']).toBeNull();
  });

  test('no text outside raw where texts are switched off', () => {
    const { tables, cells: kept } = row(update(message()), { texts: false });
    expect(tables).toEqual(['telegram_messages']);
    expect(kept).toMatchObject({ text: null, text_length: 7, word_count: 2 });
    expect(row(update(message())).tables).toEqual(['telegram_messages', 'telegram_texts']);
  });
});

describe('relations', () => {
  test('replies, forwards and inline bots', () => {
    expect(cells({ reply_to_message: message({ message_id: 9 }) })).toMatchObject({
      is_reply: true,
      reply_to_message_id: 9,
    });
    expect(cells({ external_reply: {} })).toMatchObject({ is_reply: true, reply_to_message_id: null });
    expect(cells({ forward_origin: { type: 'hidden_user', sender_user_name: 'Ana' } })['forward_kind']).toBe(
      'hidden_user',
    );
    expect(issues({ forward_origin: { type: 'Ana' } })).toEqual(['unknown_value message.forward_origin.type']);
    expect(cells({ via_bot: { id: 5 } })['via_bot']).toBe(true);
  });

  test('a message in a topic is no reply to the topic', () => {
    const topic = message({ message_id: 5, forum_topic_created: { name: 'Vacinas' } });
    const inTopic = { is_topic_message: true, message_thread_id: 5, reply_to_message: topic };
    expect(cells(inTopic)).toMatchObject({ is_reply: false, reply_to_message_id: null, thread_id: 5 });
  });
});

test('an exported message fills the same columns', () => {
  const headers = { origin: 'import', chat: '-1001234567890', chat_type: 'supergroup' };
  const body = { id: 10, type: 'message', date_unixtime: String(NOW - 60), from_id: 'user71' };
  const reply = { ...body, text: ['Oi ', { type: 'bold', text: 'Ana' }], reply_to_message_id: 9 };
  expect(row(reply, { headers }).cells).toMatchObject({
    kind: 'import',
    origin: 'import',
    direction: 'in',
    person: 'k1:telegram/person:71',
    chat_id: -1_001_234_567_890,
    text: 'Oi Ana',
    text_length: 6,
    word_count: 2,
    entities: ['bold'],
    is_reply: true,
    reply_to_message_id: 9,
    is_edited: false,
    local_hour: 9,
  });
  const photo = row({ ...body, photo: '(File not included.)', text: 'receita' }, { headers }).cells;
  expect(photo).toMatchObject({ media: 'photo', caption_length: 7, text_length: null });
  const own = row({ ...body, from_id: `user${BOT}`, text: 'Olá' }, { headers }).cells;
  expect(own).toMatchObject({ direction: 'out', user_is_bot: true });
  const service = row({ ...body, type: 'service', action: 'pin_message', actor_id: 'channel1234567890' }, { headers });
  expect(service.cells).toMatchObject({ service: 'pinned_message', person: null, sender_chat: expect.any(String) });
  const invited = { ...body, type: 'service', action: 'invite_members', actor_id: 'user71', members: ['Ana', null] };
  expect(row(invited, { headers }).cells).toMatchObject({ service: 'new_chat_members', members: 2 });
});
