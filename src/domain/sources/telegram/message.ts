/** A message of the Bot API as facts: required fields are refused when they cannot be used, all others are read leniently. */
import { isPlausible } from '../../judge/dates.ts';
import type { Cell, RecordVerdict } from '../contract.ts';
import type { Reason } from '../../counts.ts';
import { isJsonObject } from '../../json.ts';
import type { Fields } from './fields.ts';
import { ATTRIBUTES, CONTENT } from './kinds.ts';
import { type Chat, personOf, readChat, sharesMessageIds, userCells } from './parties.ts';
import { type Judging, type MessageFacts, type Origin, botOf, messageRow, refuseChat, reject } from './rows.ts';
import { ENTITY_TYPES, OTHER, SERVICES } from './vocabulary.ts';
import { textCells } from './words.ts';

interface Source {
  readonly origin: Origin;
  readonly kind: string;
  readonly updateId: number;
}

/** The verdict on a message that stands at `fields.path` of an update or of an answer of the Bot API. */
export function judgeMessage(judging: Judging, fields: Fields, source: Source): RecordVerdict {
  const required = readRequired(fields);
  if ('kind' in required) return required;
  const refused = refuseChat(judging, required.chat, `${fields.path}.chat.id`, fields.id('migrate_from_chat_id'));
  if (refused !== undefined) return refused;
  const editDate = readEditDate(fields);
  const [text, caption] = [fields.text('text'), fields.text('caption')];
  return messageRow(judging, {
    ...source,
    ...required,
    scope: scopeOf(judging, fields, source.kind, required.chat),
    editDate,
    stateDate: editDate ?? required.date,
    text: text ?? caption,
    cells: {
      ...senderCells(judging, fields, source.origin),
      ...contentCells(fields),
      ...textCells(text, caption),
      entities: entityTypes(fields, text === null ? 'caption_entities' : 'entities'),
      ...relationCells(fields),
      is_edited: fields.has('edit_date') || source.kind.startsWith('edited_'),
    },
  });
}

type Required = Pick<MessageFacts, 'chat' | 'messageId' | 'date'>;

function readRequired(fields: Fields): Required | RecordVerdict {
  const at = (name: string): string => `${fields.path}.${name}`;
  const missing = (name: string): Reason => (fields.has(name) ? 'wrong_type' : 'missing_field');
  const chatFields = fields.fields('chat');
  const chat = readChat(chatFields);
  if (chatFields === undefined) return reject(missing('chat'), at('chat'));
  if (chat === undefined) return reject(chatFields.has('id') ? 'wrong_type' : 'missing_field', at('chat.id'));
  const messageId = fields.id('message_id');
  if (messageId === null) return reject(missing('message_id'), at('message_id'));
  const date = fields.id('date');
  if (date === null) return reject(missing('date'), at('date'));
  if (!isPlausible(date * 1000)) return reject('date_out_of_range', at('date'));
  return { chat, messageId, date };
}

function readEditDate(fields: Fields): number | null {
  const date = fields.id('edit_date');
  if (date === null || isPlausible(date * 1000)) return date;
  return fields.notice('edit_date', 'out_of_range');
}

/** Guest queries and business connections have chats of their own that share ids with others. */
function scopeOf({ receipt }: Judging, fields: Fields, kind: string, chat: Chat): readonly string[] {
  const bot = botOf(receipt) ?? '';
  const query = fields.text('guest_query_id');
  if (query !== null || kind === 'guest_message') return [bot, 'guest', query ?? ''];
  const connection = fields.text('business_connection_id');
  if (connection !== null || kind.endsWith('business_message')) return [bot, 'business', connection ?? ''];
  return sharesMessageIds(chat) ? [] : [bot];
}

/** Beside `sender_chat`, `from` names a stand-in that many share, so it is nobody. */
function senderCells({ receipt, context }: Judging, fields: Fields, origin: Origin): Readonly<Record<string, Cell>> {
  const from = fields.fields('from');
  const onBehalf = fields.fields('sender_chat');
  const senderChat = readChat(onBehalf);
  const own = from !== undefined && from.id('id') === Number(botOf(receipt) ?? Number.NaN);
  return {
    direction: origin === 'sent' || own ? 'out' : 'in',
    ...(onBehalf === undefined ? userCells(from, context) : {}),
    sender_chat: senderChat === undefined ? null : personOf(senderChat.id, context),
  };
}

const NOT_SERVICE: ReadonlySet<string> = new Set([...ATTRIBUTES, ...CONTENT]);
const KNOWN_SERVICES: readonly string[] = SERVICES;

function contentCells(fields: Fields): Readonly<Record<string, Cell>> {
  const media = CONTENT.find((name) => fields.has(name)) ?? null;
  const plain = media !== null || fields.has('text') || fields.has('caption');
  const service = plain
    ? undefined
    : (KNOWN_SERVICES.find((name) => fields.has(name)) ??
      (Object.keys(fields.object).some((key) => !NOT_SERVICE.has(key) && fields.has(key)) ? OTHER : undefined));
  return {
    media,
    has_media: media !== null,
    service: service ?? null,
    members: fields.list('new_chat_members')?.length ?? null,
  };
}

function entityTypes(fields: Fields, name: string): readonly string[] | null {
  const list = fields.list(name);
  if (list === undefined) return null;
  const types = list.map((item) => (isJsonObject(item) ? item['type'] : undefined));
  const known = types.filter((type): type is string => typeof type === 'string' && ENTITY_TYPES.includes(type));
  if (known.length < types.length) fields.notice(name, 'unreadable_item');
  return known;
}

const ALBUM = /^\d{1,20}$/;
const FORWARD_KINDS = ['user', 'hidden_user', 'chat', 'channel'];

function relationCells(fields: Fields): Readonly<Record<string, Cell>> {
  const answered = fields.fields('reply_to_message');
  const thread = fields.id('message_thread_id');
  const isTopic =
    fields.flag('is_topic_message') === true &&
    answered !== undefined &&
    (answered.has('forum_topic_created') || answered.id('message_id') === thread);
  const reply = isTopic ? undefined : answered;
  return {
    reply_to_message_id: reply?.id('message_id') ?? null,
    is_reply: reply !== undefined || fields.has('external_reply') || fields.has('reply_to_story'),
    is_forwarded: fields.has('forward_origin'),
    forward_kind: fields.fields('forward_origin')?.word('type', FORWARD_KINDS) ?? null,
    via_bot: fields.has('via_bot'),
    thread_id: thread,
    media_group: fields.word('media_group_id', ALBUM),
  };
}
