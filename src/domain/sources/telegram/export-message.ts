/**
 * One message of a Telegram Desktop export, in the Bot API's ids, words and units. The chat comes from the line's headers
 * (`chat`, `chat_type`, `account`, `topic`, `zone`), for a message does not name its own.
 */
import { isPlausible } from '../../judge/dates.ts';
import type { Reason } from '../../counts.ts';
import type { Json, JsonObject } from '../../json.ts';
import { isJsonObject } from '../../json.ts';
import { resolveLocal } from '../../judge/rules/local-time.ts';
import { localClock } from './calendar.ts';
import type { ChatType, ExportSender } from './export-chat.ts';
import { countsPerAccount, exportSender } from './export-chat.ts';
import type { MediaKind } from './export-words.ts';
import type { ForwardKind } from './export-words.ts';
import { entityType, forwardKind, mediaKind, serviceKind } from './export-words.ts';

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
   * Whose id it is. Undefined where every member, so a bot too, knows the message by this id: supergroups and channels. In private
   * chats and groups each account counts for itself: there the same id of another account, or of the bot, is *another* message.
   */
  readonly account: string | undefined;
  /** Unix seconds. */
  readonly date: number;
  /**
   * The date as a clock shows it: the exporting computer's where the export names no instant, for what its zone is taken for must not
   * change it, else one in the source's zone. Most old exports were made there, so an old and a new one of a message say the same.
   */
  readonly clock: string;
  /**
   * Orders the states of a message: seconds of the edit, else of the message; of a written date the earliest it can mean anywhere.
   * So a zone decides nothing here: of two imports under different zones the later wins, and who knows the instant wins over both.
   */
  readonly stateDate: number;
  /** Where the date was local: its clock showed it twice (the earlier was taken), or never (the time after the gap was taken). */
  readonly dateFlag: 'repeated' | 'skipped' | null;
  readonly editDate: number | null;
  /** Who wrote it or did it; null for a deleted account of an old export. */
  readonly sender: ExportSender | null;
  /** Text or caption; null where there is none. */
  readonly text: string | null;
  readonly entities: readonly ExportEntity[];
  /** In the same chat; a message is no reply to the topic it stands in. */
  readonly replyTo: number | null;
  readonly isReply: boolean;
  /** Forum topic, where the import found it. */
  readonly topic: number | null;
  readonly forwarded: boolean;
  /** Null where the export does not say. */
  readonly forwardKind: ForwardKind | null;
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
  const isShared = !countsPerAccount(chat.type) && messageId > 0;
  const { account } = headers;
  if (!isShared && account === undefined) return rejected('missing_field', 'account');
  const date = readTime(message, 'date', headers['zone']);
  if (date === undefined) return rejected('missing_field', 'date');
  if (date === 'unreadable') return rejected('invalid_date', 'date');
  const edited = readTime(message, 'edited', headers['zone']);
  // Old exports write the epoch for "never edited".
  const edit = typeof edited === 'object' && edited.seconds >= date.seconds ? edited : null;
  return {
    kind: 'message',
    message: {
      chatId: chat.id,
      chatType: chat.type,
      messageId,
      account: isShared ? undefined : account,
      date: date.seconds,
      clock:
        date.written ?? (isPlausible(date.seconds * 1000) ? localClock(date.seconds * 1000) : String(date.seconds)),
      stateDate: (edit ?? date).earliest,
      dateFlag: date.flag,
      editDate: edit?.seconds ?? null,
      ...readContent(message, chat.type),
      ...readReply(message, chat, headers['topic']),
      otherSide: chat.type === 'private' ? chat.id : null,
    },
  };
}

/** Any of them stands in a forwarded message; a name may be null, of an account that was deleted. */
const FORWARDED_BY = ['forwarded_from', 'forwarded_from_id', 'saved_from'];

type Content = Pick<
  ExportMessage,
  'sender' | 'text' | 'entities' | 'forwarded' | 'forwardKind' | 'viaBot' | 'media' | 'service'
>;

function readContent(message: JsonObject, chat: ChatType): Content {
  const service = message['type'] === 'service';
  // What a service message writes as `text` belongs to its action; a bot sees no text there.
  const { text, entities } = service ? { text: '', entities: [] } : readText(message);
  return {
    sender: exportSender(message[service ? 'actor_id' : 'from_id'], chat) ?? null,
    text: text === '' ? null : text,
    entities,
    forwarded: FORWARDED_BY.some((field) => message[field] !== undefined),
    forwardKind: forwardKind(message) ?? null,
    viaBot: message['via_bot'] !== undefined,
    media: service ? null : (mediaKind(message) ?? null),
    service: service ? serviceKind(message, chat) : null,
  };
}

/** `reply_to_peer_id` stands where the answered message is in another chat. */
function readReply(
  message: JsonObject,
  chat: { readonly id: number; readonly type: ChatType },
  inTopic: string | undefined,
): Pick<ExportMessage, 'replyTo' | 'isReply' | 'topic'> {
  const topic = inTopic !== undefined && /^[1-9]\d{0,14}$/.test(inTopic) ? Number(inTopic) : null;
  const answered = message['reply_to_message_id'];
  const peer = message['reply_to_peer_id'];
  const isElsewhere = peer !== undefined && exportSender(peer, chat.type)?.id !== chat.id;
  if (!isId(answered) || (answered === topic && !isElsewhere)) return { replyTo: null, isReply: false, topic };
  return { replyTo: isElsewhere ? null : answered, isReply: true, topic };
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
  /** Of a clock reading: the first instant at which any clock of the world shows it. */
  readonly earliest: number;
  readonly written: string | null;
  readonly flag: 'repeated' | 'skipped' | null;
}

/** The zone furthest ahead (IANA time zone database: Pacific/Kiritimati). */
const MOST_AHEAD_S = 14 * 3_600;

/** `<field>_unixtime` (seconds as text), else `<field>`, the clock of the computer that exported, in the zone the operator named. */
function readTime(message: JsonObject, field: string, zone: string | undefined): Time | 'unreadable' | undefined {
  const unix = message[`${field}_unixtime`];
  if (unix !== undefined) {
    const seconds = typeof unix === 'string' && /^\d{1,12}$/.test(unix) ? Number(unix) : unix;
    return typeof seconds === 'number' && isId(seconds)
      ? { seconds, earliest: seconds, written: null, flag: null }
      : 'unreadable';
  }
  const local = message[field];
  if (local === undefined) return undefined;
  const match = typeof local === 'string' ? /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/.exec(local) : null;
  if (match === null || zone === undefined) return 'unreadable';
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  if (!new Date(asUtc).toISOString().startsWith(match[0])) return 'unreadable';
  try {
    const { epochMs, flag } = resolveLocal({ year, month, day, hour, minute, second }, zone);
    return {
      seconds: epochMs / 1000,
      earliest: asUtc / 1000 - MOST_AHEAD_S,
      written: match[0],
      flag: flag ?? null,
    };
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
