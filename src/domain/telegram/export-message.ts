/**
 * One message of a Telegram Desktop export, in the Bot API's ids, words and units. The chat comes from the line's headers
 * (`chat`, `chat_type`, `zone`), for a message does not name its own.
 */
import type { Reason } from '../counts.ts';
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { resolveLocal } from '../rules/local-time.ts';
import type { ChatType, ExportSender } from './export-chat.ts';
import { exportSender } from './export-chat.ts';
import type { MediaKind } from './export-words.ts';
import { entityType, mediaKind, serviceKind } from './export-words.ts';

export interface ExportEntity {
  readonly type: string;
  /** In UTF-16 units of `text`, as the Bot API counts. */
  readonly offset: number;
  readonly length: number;
}

export interface ExportMessage {
  readonly chatId: number;
  readonly chatType: ChatType;
  /** May be negative: an export of a supergroup holds the messages of the group it was, their ids less 10^9. */
  readonly messageId: number;
  /**
   * True where every member, so a bot too, knows the message by this id: supergroups and channels. In private chats and groups each
   * account counts for itself, so the same id of the bot's live data is *another* message and the two must not become one entity.
   */
  readonly idIsShared: boolean;
  /** Unix seconds. */
  readonly date: number;
  /** Where the date was local: its clock showed it twice (the earlier was taken), or never (the time after the gap was taken). */
  readonly dateFlag: 'repeated' | 'skipped' | null;
  readonly editDate: number | null;
  /** Who wrote it or did it; null for a deleted account of an old export. */
  readonly sender: ExportSender | null;
  /** Text or caption; null where there is none. */
  readonly text: string | null;
  readonly entities: readonly ExportEntity[];
  readonly replyTo: number | null;
  readonly forwarded: boolean;
  readonly viaBot: boolean;
  /** Null in service messages. */
  readonly media: MediaKind | null;
  /** Kind of a service message in the Bot API's word; null for ordinary messages. */
  readonly service: string | null;
  /** In private chats the id of the other side: a person, or a bot. */
  readonly otherSide: number | null;
}

export type ExportOutcome =
  | { readonly kind: 'message'; readonly message: ExportMessage }
  | { readonly kind: 'rejected'; readonly reason: Reason; readonly field: string };

/** Reads one message. Never throws: what cannot be used says why, naming a field of the message or of the headers. */
export function exportMessage(message: JsonObject, headers: Readonly<Record<string, string>>): ExportOutcome {
  const chat = readChat(headers);
  if (chat === undefined) return rejected(headers['chat'] === undefined ? 'missing_field' : 'wrong_type', 'chat');
  const messageId = message['id'];
  if (messageId === undefined) return rejected('missing_field', 'id');
  if (!isId(messageId)) return rejected('wrong_type', 'id');
  const date = readTime(message, 'date', headers['zone']);
  if (date === undefined) return rejected('missing_field', 'date');
  if (date === 'unreadable') return rejected('invalid_date', 'date');
  const edited = readTime(message, 'edited', headers['zone']);
  const service = message['type'] === 'service';
  const { text, entities } = readText(message);
  return {
    kind: 'message',
    message: {
      chatId: chat.id,
      chatType: chat.type,
      messageId,
      idIsShared: (chat.type === 'supergroup' || chat.type === 'channel') && messageId > 0,
      date: date.seconds,
      dateFlag: date.flag,
      // Old exports write the epoch for "never edited".
      editDate: typeof edited === 'object' && edited.seconds >= date.seconds ? edited.seconds : null,
      sender: exportSender(message[service ? 'actor_id' : 'from_id'], chat.type) ?? null,
      text: text === '' ? null : text,
      entities,
      replyTo: isId(message['reply_to_message_id']) ? message['reply_to_message_id'] : null,
      forwarded: message['forwarded_from'] !== undefined,
      viaBot: message['via_bot'] !== undefined,
      media: service ? null : (mediaKind(message) ?? null),
      service: service ? serviceKind(message, chat.type) : null,
      otherSide: chat.type === 'private' ? chat.id : null,
    },
  };
}

const rejected = (reason: Reason, field: string): ExportOutcome => ({ kind: 'rejected', reason, field });

const isId = (value: Json | undefined): value is number => Number.isSafeInteger(value);

const CHAT_TYPES: ReadonlySet<string> = new Set<ChatType>(['private', 'group', 'supergroup', 'channel']);
const isChatType = (text: string | undefined): text is ChatType => text !== undefined && CHAT_TYPES.has(text);

function readChat(
  headers: Readonly<Record<string, string>>,
): { readonly id: number; readonly type: ChatType } | undefined {
  const { chat, chat_type: type } = headers;
  return chat !== undefined && /^-?[1-9]\d{0,15}$/.test(chat) && isChatType(type)
    ? { id: Number(chat), type }
    : undefined;
}

interface Time {
  readonly seconds: number;
  readonly flag: 'repeated' | 'skipped' | null;
}

/** `<field>_unixtime` (seconds as text), else `<field>`, the clock of the computer that exported, in the zone the operator named. */
function readTime(message: JsonObject, field: string, zone: string | undefined): Time | 'unreadable' | undefined {
  const unix = message[`${field}_unixtime`];
  if (unix !== undefined) {
    const seconds = typeof unix === 'string' && /^\d{1,12}$/.test(unix) ? Number(unix) : unix;
    return typeof seconds === 'number' && isId(seconds) ? { seconds, flag: null } : 'unreadable';
  }
  const local = message[field];
  if (local === undefined) return undefined;
  const match = typeof local === 'string' ? /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/.exec(local) : null;
  if (match === null || zone === undefined) return 'unreadable';
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const back = new Date(Date.UTC(year, month - 1, day, hour, minute, second)).toISOString();
  if (!back.startsWith(match[0])) return 'unreadable';
  try {
    const { epochMs, flag } = resolveLocal({ year, month, day, hour, minute, second }, zone);
    return { seconds: epochMs / 1000, flag: flag ?? null };
  } catch (error) {
    // Intl does not know the zone; the import checks it, but a line must never fail a window.
    if (error instanceof RangeError) return 'unreadable';
    throw error;
  }
}

/** `text` is a string or a list of strings and parts; `text_entities` is always a list of parts, and absent in old exports. */
function readText(message: JsonObject): { readonly text: string; readonly entities: readonly ExportEntity[] } {
  const listed = message['text_entities'];
  const parts = Array.isArray(listed) && listed.length > 0 ? (listed as readonly Json[]) : message['text'];
  if (typeof parts === 'string') return { text: parts, entities: [] };
  let text = '';
  const entities: ExportEntity[] = [];
  for (const part of Array.isArray(parts) ? (parts as readonly Json[]) : []) {
    const value = isJsonObject(part) ? part['text'] : part;
    if (typeof value !== 'string') continue;
    const type = isJsonObject(part) && typeof part['type'] === 'string' ? part['type'] : 'plain';
    const found = entityType(type, isJsonObject(part) && part['collapsed'] === true);
    if (found !== undefined) entities.push({ type: found, offset: text.length, length: value.length });
    text += value;
  }
  return { text, entities };
}
