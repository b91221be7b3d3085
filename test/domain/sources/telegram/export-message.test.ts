/** Messages of Telegram Desktop exports, as its writer (export_output_json.cpp) lays them out, in the Bot API's words. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { exportChat, exportSender, importHeaders } from '../../../../src/domain/sources/telegram/export-chat.ts';
import { type ExportMessage, exportMessage } from '../../../../src/domain/sources/telegram/export-message.ts';

const SUPERGROUP = { chat: '-1001500000001', chat_type: 'supergroup' };
const PRIVATE = { chat: '4242', chat_type: 'private', account: 'reception' };
const base = { id: 7, type: 'message', date: '2026-11-20T09:00:00', date_unixtime: '1795003200', from_id: 'user99' };

function read(message: JsonObject, headers: Readonly<Record<string, string>> = SUPERGROUP): ExportMessage {
  const outcome = exportMessage(message, headers);
  if (outcome.kind === 'rejected') throw new Error(`${outcome.reason} ${outcome.field}`);
  return outcome.message;
}

test('a text message', () => {
  expect(read({ ...base, text: 'oi', text_entities: [{ type: 'plain', text: 'oi' }] })).toEqual({
    chatId: -1_001_500_000_001,
    chatType: 'supergroup',
    messageId: 7,
    account: undefined,
    date: 1_795_003_200,
    clock: '2026-11-18T09:00:00',
    stateDate: 1_795_003_200,
    dateFlag: null,
    editDate: null,
    sender: { id: 99, isUser: true },
    text: 'oi',
    entities: [],
    replyTo: null,
    isReply: false,
    topic: null,
    forwarded: false,
    forwardKind: null,
    viaBot: false,
    media: null,
    service: null,
    otherSide: null,
  });
});

describe('ids', () => {
  test.each([
    ['personal_chat', 4242, { id: 4242, type: 'private' }],
    ['bot_chat', 7_900_000_001, { id: 7_900_000_001, type: 'private' }],
    ['saved_messages', 1, { id: 1, type: 'private' }],
    ['private_group', 123, { id: -123, type: 'group' }],
    ['private_supergroup', 1_500_000_001, { id: -1_001_500_000_001, type: 'supergroup' }],
    ['public_supergroup', 1, { id: -1_000_000_000_001, type: 'supergroup' }],
    ['private_channel', 3_000_000_000, { id: -1_003_000_000_000, type: 'channel' }],
    ['public_channel', 3_000_000_000, { id: -1_003_000_000_000, type: 'channel' }],
    ['constructor', 1, undefined],
    ['', 1, undefined],
    ['private_group', -1, undefined],
    // The highest ids there are, and one more (https://core.telegram.org/api/bots/ids).
    ['personal_chat', 1_099_511_627_775, { id: 1_099_511_627_775, type: 'private' }],
    ['personal_chat', 1_099_511_627_776, undefined],
    ['private_group', 999_999_999_999, { id: -999_999_999_999, type: 'group' }],
    ['private_group', 10 ** 12, undefined],
    ['private_supergroup', 1_002_147_483_700, { id: -2_002_147_483_700, type: 'supergroup' }],
    ['private_channel', 3_000_000_000_000, { id: -4_000_000_000_000, type: 'channel' }],
    ['private_channel', 3_000_000_000_001, undefined],
  ])('%s %d', (type, id, chat) => expect(exportChat(type, id, false)).toEqual(chat));

  test.each([
    ['personal_chat', 2 ** 32 + 4242, 4242],
    ['private_group', 2 ** 33 + 123, -123],
    ['private_supergroup', 2 ** 33 + 1_500_000_001, -1_001_500_000_001],
    ['personal_chat', 4242, 4242],
  ])('%s %d of an old export has no mark', (type, id, bare) => expect(exportChat(type, id, true)?.id).toBe(bare));

  test('a person of today may have an id as high as the mark', () => {
    expect(importHeaders({ type: 'personal_chat', id: 7_000_000_000 }, false, { position: 1 })['chat']).toBe(
      '7000000000',
    );
  });

  test.each([
    ['user123', { id: 123, isUser: true }],
    ['chat123', { id: -123, isUser: false }],
    ['channel123', { id: -1_000_000_000_123, isUser: false }],
    [123, { id: 123, isUser: true }],
    [2 ** 32 + 123, { id: 123, isUser: true }],
    [2 ** 33 + 123, { id: -1_000_000_000_123, isUser: false }],
    ['bot123', undefined],
    ['user0', undefined],
    ['user1099511627775', { id: 1_099_511_627_775, isUser: true }],
    ['user1099511627776', undefined],
    ['channel1002147483700', { id: -2_002_147_483_700, isUser: false }],
    ['channel3000000000000', { id: -4_000_000_000_000, isUser: false }],
    ['channel3000000000001', undefined],
    ['chat1000000000000', undefined],
    [null, undefined],
    [{}, undefined],
  ])('sender %j', (value, sender) => expect(exportSender(value, 'supergroup')).toEqual(sender));

  test('only supergroups and channels share their ids, and not the messages of the group they were', () => {
    const account = 'reception';
    expect(read({ ...base, id: -999_999_990 }, { ...SUPERGROUP, account })).toMatchObject({ account });
    expect(read(base, PRIVATE)).toMatchObject({ account, otherSide: 4242 });
    expect(read(base, { chat: '-123', chat_type: 'group', account })).toMatchObject({ account, otherSide: null });
    expect(read(base, { chat: '-1001', chat_type: 'channel', account }).account).toBeUndefined();
    const missing = { kind: 'rejected', reason: 'missing_field', field: 'account' };
    expect(exportMessage(base, { chat: '4242', chat_type: 'private' })).toEqual(missing);
    expect(exportMessage({ ...base, id: -999_999_990 }, SUPERGROUP)).toEqual(missing);
  });
});

describe('dates', () => {
  const local = (date: string, more: JsonObject = {}, zone = 'America/Sao_Paulo') =>
    exportMessage({ id: 1, type: 'message', date, ...more }, { ...SUPERGROUP, zone });

  test.each([
    ['2021-08-02T11:35:42', 1_627_914_942, null],
    ['2018-11-04T00:30:00', 1_541_302_200, 'skipped'],
    ['2019-02-16T23:30:00', 1_550_367_000, 'repeated'],
  ])('%s in São Paulo', (date, seconds, flag) =>
    expect(local(date)).toMatchObject({ kind: 'message', message: { date: seconds, dateFlag: flag } }),
  );

  test('the written date stays whatever the zone, and orders states by the earliest it can mean', () => {
    const [first, second] = ['America/Sao_Paulo', 'Pacific/Kiritimati'].map((zone) =>
      read({ id: 1, type: 'message', date: '2021-08-02T11:35:42' }, { ...SUPERGROUP, zone }),
    );
    expect(second!.date).toBe(first!.date - 17 * 3_600);
    expect(second!.stateDate).toBe(second!.date);
    expect(first).toMatchObject({ clock: '2021-08-02T11:35:42', stateDate: second!.stateDate });
    expect(second!.clock).toBe(first!.clock);
  });

  test('seconds win over the local date, whatever the zone', () => {
    expect(local('2021-08-02T11:35:42', { date_unixtime: '5' })).toMatchObject({
      message: { date: 5, stateDate: 5, dateFlag: null },
    });
  });

  test('where an instant is named its clock is that of the source’s zone, wherever the export was made', () => {
    for (const date of ['2026-11-20T09:00:00', '2026-11-21T01:00:00'])
      expect(read({ ...base, date }).clock).toBe('2026-11-18T09:00:00');
  });

  test('an edit is later than the message, or it is none', () => {
    expect(read({ ...base, edited: 'x', edited_unixtime: '1795003299' }).editDate).toBe(1_795_003_299);
    expect(local('2021-08-02T11:35:42', { edited: '2021-08-02T11:36:42' })).toMatchObject({
      message: { editDate: 1_627_915_002 },
    });
    expect(local('2021-08-02T11:35:42', { edited: '1970-01-01T03:00:00' })).toMatchObject({
      message: { editDate: null },
    });
  });

  test.each<[string, JsonObject, Readonly<Record<string, string>>, string, string]>([
    ['a local date without a zone', { id: 1, date: '2021-08-02T11:35:42' }, SUPERGROUP, 'invalid_date', 'date'],
    [
      'an unknown zone',
      { id: 1, date: '2021-08-02T11:35:42' },
      { ...SUPERGROUP, zone: 'Mars/X' },
      'invalid_date',
      'date',
    ],
    [
      'a day that is none',
      { id: 1, date: '2021-02-30T11:35:42' },
      { ...SUPERGROUP, zone: 'UTC' },
      'invalid_date',
      'date',
    ],
    [
      'an hour that is none',
      { id: 1, date: '2021-02-20T24:00:00' },
      { ...SUPERGROUP, zone: 'UTC' },
      'invalid_date',
      'date',
    ],
    ['seconds that are none', { id: 1, date_unixtime: 'soon' }, SUPERGROUP, 'invalid_date', 'date'],
    ['an unsupported message', { id: 1, type: 'unsupported' }, SUPERGROUP, 'missing_field', 'date'],
    ['no id', { date_unixtime: '5' }, SUPERGROUP, 'missing_field', 'id'],
    ['an id that is none', { ...base, id: '7' }, SUPERGROUP, 'wrong_type', 'id'],
    ['no chat', base, {}, 'missing_field', 'chat'],
    ['a chat of an unknown type', base, { chat: '9', chat_type: 'unknown' }, 'wrong_type', 'chat'],
  ])('%s is rejected', (_, message, headers, reason, field) =>
    expect(exportMessage(message, headers)).toEqual({ kind: 'rejected', reason, field }),
  );
});

describe('text', () => {
  test('a list of strings and parts gives text and entities in UTF-16 units', () => {
    const text = ['😀 ', { type: 'bold', text: 'já' }, ' ', { type: 'link', text: 'a.b' }];
    const expected = {
      text: '😀 já a.b',
      entities: [
        { type: 'bold', offset: 3, length: 2 },
        { type: 'url', offset: 6, length: 3 },
      ],
    };
    expect(read({ ...base, text })).toMatchObject(expected);
    const parts = text.map((part) => (typeof part === 'string' ? { type: 'plain', text: part } : part));
    expect(read({ ...base, text, text_entities: parts })).toMatchObject(expected);
  });

  test.each([
    ['link', {}, 'url'],
    ['mention_name', { user_id: 5 }, 'text_mention'],
    ['phone', {}, 'phone_number'],
    ['blockquote', { collapsed: true }, 'expandable_blockquote'],
    ['blockquote', { collapsed: false }, 'blockquote'],
    ['custom_emoji', { document_id: 'x' }, 'custom_emoji'],
    ['toString', {}, '*'],
    ['joana_da_silva', {}, '*'],
  ])('entity %s %j', (type, more, expected) =>
    expect(read({ ...base, text: [{ type, text: 'x', ...more }] }).entities).toEqual([
      { type: expected, offset: 0, length: 1 },
    ]),
  );

  test.each(['bank_card', 'unknown'])('%s is marked by Telegram’s apps alone', (type) =>
    expect(read({ ...base, text: [{ type, text: 'x' }] })).toMatchObject({ text: 'x', entities: [] }),
  );

  test.each([[''], [[]], [null], [5], [[5, { type: 'bold' }]]])('%j is no text', (text) =>
    expect(read({ ...base, text })).toMatchObject({ text: null, entities: [] }),
  );

  test('entities never lie outside the text, and hold its words', () => {
    const part = fc.oneof(
      fc.string(),
      fc.record({ type: fc.constantFrom('bold', 'plain', 'link'), text: fc.string() }),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const { text, entities } = read({ ...base, text: parts });
        const words = parts.flatMap((one) => (typeof one === 'string' || one.type === 'plain' ? [] : [one.text]));
        expect(text ?? '').toBe(parts.map((one) => (typeof one === 'string' ? one : one.text)).join(''));
        expect(entities.map(({ offset, length }) => (text ?? '').slice(offset, offset + length))).toEqual(words);
      }),
    );
  });
});

describe('kinds', () => {
  test.each([
    [{ photo: '(File not included. Change data exporting settings to download.)' }, 'photo'],
    [{ file: 'files/a.pdf', mime_type: 'application/pdf' }, 'document'],
    [{ file: 'x', media_type: 'sticker' }, 'sticker'],
    [{ file: 'x', media_type: 'video_message' }, 'video_note'],
    [{ file: 'x', media_type: 'voice_message' }, 'voice'],
    [{ file: 'x', media_type: 'animation' }, 'animation'],
    [{ file: 'x', media_type: 'video_file' }, 'video'],
    [{ file: 'x', media_type: 'audio_file' }, 'audio'],
    [{ file: 'x', media_type: 'hasOwnProperty' }, 'document'],
    [{ contact_information: {} }, 'contact'],
    [{ location_information: null }, 'location'],
    [{ place_name: 'x', location_information: {} }, 'venue'],
    [{ poll: {} }, 'poll'],
    [{ todo_list: {} }, 'checklist'],
    [{}, null],
  ])('%j is %s', (more, media) => expect(read({ ...base, ...more }).media).toBe(media));

  test.each([
    ['invite_members', {}, 'new_chat_members'],
    ['join_group_by_link', {}, 'new_chat_members'],
    ['remove_members', {}, 'left_chat_member'],
    ['migrate_to_supergroup', {}, 'migrate_to_chat_id'],
    ['migrate_from_group', {}, 'migrate_from_chat_id'],
    ['pin_message', {}, 'pinned_message'],
    ['edit_group_photo', { photo: 'x' }, 'new_chat_photo'],
    ['create_channel', {}, 'supergroup_chat_created'],
    ['group_call', {}, 'video_chat_started'],
    ['group_call', { duration: 5 }, 'video_chat_ended'],
    ['phone_call', {}, 'phone_call'],
    ['allow_sending_messages', { reason_domain: 'example.org' }, 'connected_website'],
    ['allow_sending_messages', { reason_app_id: 5 }, 'write_access_allowed'],
    ['attach_menu_bot_allowed', {}, 'write_access_allowed'],
    ['requested_peer', { button_id: 1, peers: '[\n 4242\n]' }, 'users_shared'],
    ['requested_peer', { button_id: 1, peers: '[\n 562949953421319\n]' }, 'chat_shared'],
    ['requested_peer', { button_id: 1, peer_id: 4242 }, 'users_shared'],
    ['requested_peer', { button_id: 1 }, 'requested_peer'],
    ['process_suggested_post', { rejected: true }, 'suggested_post_declined'],
    ['process_suggested_post', {}, 'suggested_post_approved'],
    ['paid_messages_price_change', { price_stars: 5 }, 'paid_message_price_changed'],
    ['something_of_2030', {}, '*'],
    ['Joana da Silva', {}, '*'],
    ['__proto__', {}, '*'],
  ])('action %s %j', (action, more, service) =>
    expect(read({ ...base, type: 'service', action, actor_id: 'user5', from_id: 'user6', ...more })).toMatchObject({
      service,
      media: null,
      sender: { id: 5, isUser: true },
    }),
  );

  test.each([
    [{ new_title: 'x' }, 'forum_topic_edited'],
    [{ new_icon_emoji_id: 0 }, 'forum_topic_edited'],
    [{}, 'topic_edit'],
  ])('a topic edited with %j is %s: closing one has no word of its own', (more, service) =>
    expect(read({ ...base, type: 'service', action: 'topic_edit', ...more }).service).toBe(service),
  );

  test('what a service message writes as text is no text', () => {
    const gift = { ...base, type: 'service', action: 'send_star_gift', text: 'parabéns', actor_id: 'user5' };
    expect(read(gift)).toMatchObject({ service: 'gift', text: null, entities: [] });
  });
});

test('nothing that a message may hold makes it throw', () => {
  const field = fc.constantFrom('id', 'date', 'date_unixtime', 'edited', 'text', 'text_entities', 'from_id', 'action');
  fc.assert(
    fc.property(fc.dictionary(field, fc.jsonValue()), fc.boolean(), (more, service) => {
      const message = { ...base, type: service ? 'service' : 'message', ...(more as JsonObject) };
      const outcome = exportMessage(message, { ...SUPERGROUP, zone: 'UTC' });
      if (outcome.kind === 'message') expect(Number.isSafeInteger(outcome.message.date)).toBe(true);
    }),
  );
});
