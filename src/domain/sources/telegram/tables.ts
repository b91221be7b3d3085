/** The tables of telegram and their columns: messages, events, and free text apart from both. */
import type { Column, Table } from '../contract.ts';
import { CALENDAR_COLUMNS } from './calendar.ts';
import { CHAT_COLUMNS, USER_COLUMNS } from './parties.ts';

type Extra = Partial<Pick<Column, 'values' | 'min' | 'privacy' | 'pseudonym'>>;

/** A column whose field in the document is its name in camel case. */
const column = (name: string, type: Column['type'], doc: string, extra: Extra = {}): Column => ({
  name,
  type,
  privacy: 'public',
  doc,
  document: name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  ...extra,
});

const KIND = column('kind', 'text', 'kind of the update by Telegram’s name; `sent` or `import` for what is no update');
const ORIGIN = column('origin', 'text', 'how the message came', { values: ['webhook', 'poll', 'sent', 'import'] });
const BOT = column('bot', 'text', 'numeric id of the bot that received or sent it; null for an import without one');
const OCCURRED = { ...column('occurred_at', 'timestamp', 'when the message was first sent (UTC)'), document: 'date' };

const MESSAGE_COLUMNS: readonly Column[] = [
  KIND,
  ORIGIN,
  BOT,
  column(
    'direction',
    'text',
    '`out`: written by the bot itself; `in`: by anyone else; null where an import does not tell',
    {
      values: ['in', 'out'],
    },
  ),
  column('message_id', 'int64', 'id of the message inside its chat; 0 for ephemeral and scheduled ones'),
  ...USER_COLUMNS,
  column(
    'sender_chat',
    'text',
    'pseudonym of the chat on whose behalf it was written (anonymous administrators, channels)',
    {
      privacy: 'personal',
      pseudonym: true,
    },
  ),
  ...CHAT_COLUMNS,
  OCCURRED,
  ...CALENDAR_COLUMNS,
  column('edited_at', 'timestamp', 'when it was last edited (UTC)'),
  column('is_edited', 'bool', 'the row is an edited state of the message'),
  column('media', 'text', 'what it holds besides text: `photo`, `voice`, `location` …'),
  column('has_media', 'bool', 'it holds something besides text; null where an export does not tell'),
  column('service', 'text', 'what happened in the chat, for a service message: `new_chat_members`, `pinned_message` …'),
  column('members', 'int32', 'users that a service message says joined', { min: 0 }),
  column('text_length', 'int32', 'code points of the text', { min: 0 }),
  column('caption_length', 'int32', 'code points of the caption', { min: 0 }),
  column('word_count', 'int32', 'words of the text or caption: runs of letters, marks and digits', { min: 0 }),
  column('entities', 'text[]', 'types of what Telegram marked in the text or caption, in order; never the marked text'),
  column('reply_to_message_id', 'int64', 'id of the message it answers, in the same chat'),
  column('is_reply', 'bool', 'it answers a message or a story; a message is no reply to the topic it stands in'),
  column('is_forwarded', 'bool', 'it was forwarded'),
  column('forward_kind', 'text', 'whose message was forwarded, where that is known', {
    values: ['user', 'hidden_user', 'chat', 'channel'],
  }),
  column('via_bot', 'bool', 'it was written through an inline bot'),
  column('thread_id', 'int64', 'id of the thread or forum topic; null too where an export does not tell'),
  column('media_group', 'text', 'id of the album the photo or video belongs to'),
];

const EVENT_COLUMNS: readonly Column[] = [
  KIND,
  ORIGIN,
  BOT,
  column(
    'is_known_kind',
    'bool',
    'the contract has typed columns for the kind; otherwise the raw line is all there is',
  ),
  ...USER_COLUMNS,
  column('subject', 'text', 'pseudonym of the user that the event is about, where that is not who caused it', {
    privacy: 'personal',
    pseudonym: true,
  }),
  ...CHAT_COLUMNS,
  column('message_id', 'int64', 'id of the message the event is about'),
  {
    ...OCCURRED,
    doc: 'when it happened (UTC); null where Telegram does not say: day and hour are then of the receipt',
  },
  ...CALENDAR_COLUMNS,
  column('old_status', 'text', 'status of the member before'),
  column('new_status', 'text', 'status of the member after'),
  column('movement', 'text', 'whether the subject came into the chat or went out of it', { values: ['join', 'leave'] }),
  column('reactions_added', 'int32', 'reactions set that were not there before', { min: 0 }),
  column('reactions_removed', 'int32', 'reactions taken back', { min: 0 }),
  column('reactions', 'text[]', 'reactions after the event: emoji, or the type of another'),
  column('poll', 'text', 'id of the poll'),
  column('state', 'text', 'state after the event: of a poll, connection, subscription, or the source of a boost'),
  column('item_count', 'int32', 'options chosen, votes of a poll, messages deleted, or reactions counted', { min: 0 }),
  column('currency', 'text', 'ISO 4217 code, or XTR for Telegram Stars'),
  column('total_amount', 'int64', 'price in the smallest unit of the currency'),
  column('text_length', 'int32', 'code points of a query’s text or a button’s data', { min: 0 }),
  column(
    'fields',
    'text[]',
    'names of the payload’s fields, for an unknown kind, `*` where the contract does not know them; its values stand in the raw line only',
  ),
];

const TEXT_COLUMNS: readonly Column[] = [
  KIND,
  column('text', 'text', 'text or caption of a message, text of a query, data of a button, as sent', {
    privacy: 'sensitive',
  }),
  ...USER_COLUMNS.filter(({ name }) => name === 'person'),
  ...CHAT_COLUMNS,
];

const INDEXES = [{ eventDate: 1 }, { person: 1 }, { chat: 1 }] as const;

export const MESSAGES: Table = {
  name: 'telegram_messages',
  doc: 'one row per state of a message: received, sent by the bot, or imported',
  columns: MESSAGE_COLUMNS,
  clear: false,
  documents: true,
  indexes: INDEXES,
};

export const EVENTS: Table = {
  name: 'telegram_events',
  doc: 'one row per update that is no message; a kind unknown to the contract too, as `*`',
  columns: EVENT_COLUMNS,
  clear: false,
  documents: true,
  indexes: INDEXES,
};

/** Its version equals that of the message's row, so the text of a state is found by (entity, version). */
export const TEXTS: Table = {
  name: 'telegram_texts',
  doc: 'free text, kept apart so that it can be switched off and guarded: one row per state that has some',
  columns: TEXT_COLUMNS,
  clear: true,
  documents: false,
  indexes: [],
};
