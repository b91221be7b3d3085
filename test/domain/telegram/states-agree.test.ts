/** One message, delivered to a bot and exported by a member: the two rows agree on every column that both know. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../../../src/domain/json.ts';
import { ANA, BOT, GROUP, NOW, message, row, update } from './support.ts';

const HEADERS = { origin: 'import', bot: BOT, chat: '-1001234567890', chat_type: 'supergroup' };
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

const sender = one(
  both({ from: ANA }, { from: 'Ana', from_id: 'user71' }),
  both({ from: { id: Number(BOT), is_bot: true } }, { from: 'Bot', from_id: `user${BOT}` }),
  both({ from: { id: 1_087_968_824, is_bot: true }, sender_chat: GROUP }, { from_id: 'channel1234567890' }),
  both({ from: { ...ANA, id: 1_099_511_627_775 } }, { from_id: 'user1099511627775' }),
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
      (who, said, date) => {
        const bare = message({ date, text: null });
        const live = row(update({ ...bare, ...who.live, ...said.live }));
        const base = { id: 10, type: 'message', date: 'x', date_unixtime: String(date) };
        const actor = Object.fromEntries(
          Object.entries(who.exported).map(([key, value]) => [`actor${key.slice(4)}`, value]),
        );
        const by = said.exported['type'] === 'service' ? actor : who.exported;
        const imported = row({ ...base, ...by, ...said.exported }, { headers: { ...HEADERS, ...said.headers } });
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
