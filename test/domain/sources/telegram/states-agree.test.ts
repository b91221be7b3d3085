/** One message, delivered to a bot and exported by a member: the two rows agree on every column that both know. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { ANA, BOT, GROUP, NOW, message, row, update } from './support.ts';

const CHANNEL = { ...GROUP, type: 'channel' };

const HEADERS = { origin: 'import', bot: BOT, chat: '-1001234567890' };
/** How each came, which is not of the message. */
const OF_THE_RECEIPT = ['kind', 'origin', 'bot'];

/** The same thing in both words. */
interface Both {
  readonly live: JsonObject;
  readonly exported: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}
const both = (live: JsonObject, exported: JsonObject, headers: Readonly<Record<string, string>> = {}): Both => ({
  live,
  exported,
  headers,
});
const one = (...choices: readonly Both[]): fc.Arbitrary<Both> => fc.constantFrom(...choices);

/** Who wrote it and where, and the ways by which a bot can have come to know it: of what it sent itself Telegram tells it nothing. */
interface Written extends Both {
  readonly chat: { readonly id: number; readonly type: string };
  readonly ways: readonly ('message' | 'channel_post' | 'sent')[];
}
const GROUP_BOT = { id: 1_087_968_824, is_bot: true };
const own = { from: { id: Number(BOT), is_bot: true } };
const sender = fc.constantFrom<Written>(
  { ...both({ from: ANA }, { from: 'Ana', from_id: 'user71' }), chat: GROUP, ways: ['message'] },
  {
    ...both({ from: { ...ANA, id: 1_099_511_627_775 } }, { from_id: 'user1099511627775' }),
    chat: GROUP,
    ways: ['message'],
  },
  { ...both(own, { from: 'Bot', from_id: `user${BOT}` }), chat: GROUP, ways: ['message', 'sent'] },
  {
    ...both({ from: GROUP_BOT, sender_chat: GROUP }, { from_id: 'channel1234567890' }),
    chat: GROUP,
    ways: ['message', 'sent'],
  },
  {
    ...both({ sender_chat: CHANNEL }, { from_id: 'channel1234567890', author: 'Ana' }),
    chat: CHANNEL,
    ways: ['channel_post', 'sent'],
  },
);

const MARKS = [
  ['bold', 'bold'],
  ['url', 'link'],
  ['phone_number', 'phone'],
  ['text_mention', 'mention_name'],
  ['custom_emoji', 'custom_emoji'],
] as const;
const part = fc.tuple(fc.string({ minLength: 1, unit: 'grapheme' }), fc.option(fc.constantFrom(...MARKS)));

/** Marked text, under the names that a message without or with a medium has for it in the Bot API. */
const textAs = (name: string, entities: string): fc.Arbitrary<Both> =>
  fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => {
    const marked: { type: string; offset: number; length: number }[] = [];
    let text = '';
    for (const [words, mark] of parts) {
      if (mark !== null) marked.push({ type: mark[0], offset: text.length, length: words.length });
      text += words;
    }
    const listed = parts.map(([words, mark]) => ({ type: mark?.[1] ?? 'plain', text: words }));
    return both(
      { [name]: text, ...(marked.length === 0 ? {} : { [entities]: marked }) },
      { text: listed.map((item) => (item.type === 'plain' ? item.text : item)), text_entities: listed },
    );
  });

const captioned = fc
  .tuple(
    one(
      both({ photo: [{}] }, { photo: '(File not included.)' }),
      both({ voice: {} }, { file: 'a.ogg', media_type: 'voice_message' }),
      both({ animation: {}, document: {} }, { file: 'a.mp4', media_type: 'animation' }),
      both({ document: {} }, { file: 'a.pdf' }),
    ),
    textAs('caption', 'caption_entities'),
  )
  .map(merged);
const content = fc.oneof(
  textAs('text', 'entities'),
  captioned,
  one(
    both({ sticker: {} }, { file: 's.webp', media_type: 'sticker', text: '' }),
    both({ location: {} }, { location_information: {}, text: '' }),
    both({ venue: {}, location: {} }, { place_name: 'x', location_information: {}, text: '' }),
    both({ poll: {} }, { poll: {}, text: '' }),
    both({ checklist: {} }, { todo_list: {}, text: '' }),
    both({ game: {} }, { game_title: 'x', text: '' }),
    both({ contact: {} }, { contact_information: {}, text: '' }),
    both({ paid_media: {} }, { paid_stars_amount: 5, text: '' }),
    both({ giveaway: {} }, { giveaway_information: {}, text: '' }),
    both({ dice: { value: 3 } }, { text: '' }),
  ),
);

const relation = one(
  both({}, {}),
  both({ reply_to_message: message({ message_id: 3 }) }, { reply_to_message_id: 3 }),
  both({ external_reply: {} }, { reply_to_message_id: 3, reply_to_peer_id: 'channel1999999999' }),
  both(
    { is_topic_message: true, message_thread_id: 3, reply_to_message: message({ message_id: 3 }) },
    { reply_to_message_id: 3 },
    { topic: '3' },
  ),
  both(
    { is_topic_message: true, message_thread_id: 3, reply_to_message: message({ message_id: 5 }) },
    { reply_to_message_id: 5 },
    { topic: '3' },
  ),
);
const forward = one(
  both({}, {}),
  both({ forward_origin: { type: 'user' } }, { forwarded_from: 'X', forwarded_from_id: 'user7' }),
  both({ forward_origin: { type: 'channel' } }, { forwarded_from: 'X', forwarded_from_id: 'channel7' }),
  both({ forward_origin: { type: 'hidden_user' } }, { forwarded_from: 'X' }),
);
const extras = one(
  both({}, {}),
  both({ via_bot: { id: 5 } }, { via_bot: '@gif' }),
  both({ edit_date: NOW - 30 }, { edited: 'x', edited_unixtime: String(NOW - 30) }),
);
const written = fc.tuple(content, relation, forward, extras).map((parts) => parts.reduce((a, b) => merged([a, b])));

const service = one(
  both({ new_chat_members: [ANA, ANA] }, { action: 'invite_members', members: ['Ana', null] }),
  both({ new_chat_members: [ANA] }, { action: 'join_group_by_link', inviter: 'x' }),
  both({ left_chat_member: ANA }, { action: 'remove_members', members: ['Ana'] }),
  both({ pinned_message: message() }, { action: 'pin_message', message_id: 3 }),
  both({ new_chat_title: 'x' }, { action: 'edit_group_title', title: 'x' }),
  both({ new_chat_photo: [] }, { action: 'edit_group_photo', photo: 'x' }),
  both({ forum_topic_created: { name: 'x' } }, { action: 'topic_created', title: 'x' }),
  both({ gift: { text: 'x' } }, { action: 'send_star_gift', text: 'x' }),
  both({ connected_website: 'example.org' }, { action: 'allow_sending_messages', reason_domain: 'example.org' }),
  both({ write_access_allowed: {} }, { action: 'allow_sending_messages', reason_app_id: 5 }),
  both({ checklist_tasks_done: {} }, { action: 'todo_completions' }),
  both({ checklist_tasks_added: {} }, { action: 'todo_append_tasks' }),
  both({ chat_owner_left: {} }, { action: 'new_creator_pending' }),
  both({ chat_owner_changed: {} }, { action: 'change_creator' }),
  both({ suggested_post_declined: {} }, { action: 'process_suggested_post', rejected: true }),
  both({ boost_added: {} }, { action: 'boost_apply', boosts: 1 }),
  both({ video_chat_ended: {} }, { action: 'group_call', duration: 5 }),
  both({ message_auto_delete_timer_changed: {} }, { action: 'set_messages_ttl', period: 5 }),
).map((said) => merged([said, both({}, { type: 'service', text: '', text_entities: [] })]));

function merged([a, b]: readonly [Both, Both]): Both {
  return both({ ...a.live, ...b.live }, { ...a.exported, ...b.exported }, { ...a.headers, ...b.headers });
}

test('live and imported states of a message agree on every column that both know', () => {
  const known = new Set<string>();
  fc.assert(
    fc.property(
      sender,
      fc.oneof({ weight: 3, arbitrary: written }, service),
      fc.integer({ min: 946_684_800, max: NOW - 60 }),
      fc.nat(),
      (who, said, date, pick) => {
        const way = who.ways[pick % who.ways.length]!;
        const body = { ...message({ date, text: null, from: null, chat: who.chat }), ...who.live, ...said.live };
        const live =
          way === 'sent' ? row({ ok: true, result: body }, { headers: { origin: 'sent' } }) : row(update(body, way));
        const base = { id: 10, type: 'message', date: 'x', date_unixtime: String(date) };
        const actor = Object.fromEntries(
          Object.entries(who.exported).map(([key, value]) => [`actor${key.slice(4)}`, value]),
        );
        const by = said.exported['type'] === 'service' ? actor : who.exported;
        const imported = row(
          { ...base, ...by, ...said.exported },
          { headers: { ...HEADERS, chat_type: who.chat.type, ...said.headers } },
        );
        expect(imported).toMatchObject({ entity: live.entity, eventDate: live.eventDate });
        for (const [name, value] of Object.entries(imported.cells)) {
          const other = live.cells[name] ?? null;
          if (OF_THE_RECEIPT.includes(name) || value === null || other === null) continue;
          known.add(name);
          expect([name, value]).toEqual([name, other]);
        }
      },
    ),
    { numRuns: 500 },
  );
  // What only one of the two can know is not hidden by this.
  expect([...known].sort()).toEqual([
    'caption_length',
    'chat',
    'chat_id',
    'chat_type',
    'direction',
    'edited_at',
    'entities',
    'epi_week',
    'epi_year',
    'forward_kind',
    'has_media',
    'is_edited',
    'is_forwarded',
    'is_reply',
    'iso_week',
    'iso_year',
    'local_hour',
    'media',
    'members',
    'message_id',
    'occurred_at',
    'person',
    'reply_to_message_id',
    'sender_chat',
    'service',
    'text',
    'text_length',
    'thread_id',
    'user_is_bot',
    'via_bot',
    'weekday',
    'word_count',
  ]);
});
