/** Chats of a Telegram Desktop export in the Bot API's words: an export has bare ids and types of its own. */

export type ChatType = 'private' | 'group' | 'supergroup' | 'channel';

/** What an export calls a chat, and what a bot sees of it. (Telegram Desktop, export_output_json.cpp.) */
const TYPES: Readonly<Record<string, ChatType>> = {
  personal_chat: 'private',
  bot_chat: 'private',
  saved_messages: 'private',
  replies: 'private',
  verification_codes: 'private',
  private_group: 'group',
  private_supergroup: 'supergroup',
  public_supergroup: 'supergroup',
  private_channel: 'channel',
  public_channel: 'channel',
};

export interface ExportChat {
  /** Id as the Bot API writes it: a user's as it is, a group's negative, a supergroup's or channel's −100…. */
  readonly id: number;
  readonly type: ChatType;
}

/**
 * Exports before 2021 added a mark to an id: one for people, one for every other chat. Today's people have ids as high as their
 * mark, so only a message that shows the old format by another sign (it has no `date_unixtime`) is read in this way.
 */
const PERSON_MARK = 2 ** 32;
const CHAT_MARK = 2 ** 33;
const CHANNEL_OFFSET = 10 ** 12;

/** The highest bare ids: users below 2^40, dialogs down to −4·10^12 (https://core.telegram.org/api/bots/ids). */
const LAST_ID: Readonly<Record<ChatType, number>> = {
  private: 2 ** 40 - 1,
  group: CHANNEL_OFFSET - 1,
  supergroup: 3 * CHANNEL_OFFSET,
  channel: 3 * CHANNEL_OFFSET,
};

const isBareId = (type: ChatType, id: number): boolean => Number.isSafeInteger(id) && id > 0 && id <= LAST_ID[type];

/** The chat that `type` and `id` of an export name, or undefined for a type or an id that cannot be translated. */
export function exportChat(type: string, id: number, old: boolean): ExportChat | undefined {
  const known = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  const bare = old ? unmarked(id) : id;
  if (known === undefined || !isBareId(known, bare)) return undefined;
  return { id: botApiId(known, bare), type: known };
}

/** What an import knows of a line beside its bytes. */
export interface ImportFacts {
  readonly bot?: string | undefined;
  readonly zone?: string | undefined;
  /** Whose export it is; undefined: nobody said. */
  readonly account?: string | undefined;
  /** The message's number in its chat of the export, from 1. */
  readonly position: number;
  /** Id of the forum topic it stands in, where that is known. */
  readonly topic?: number | undefined;
}

/** What an imported line says of its receipt. A chat that cannot be translated keeps its id; its messages are quarantined later. */
export function importHeaders(
  chat: { readonly type: string; readonly id: number },
  old: boolean,
  { bot, account, zone, position, topic }: ImportFacts,
): Readonly<Record<string, string>> {
  const translated = exportChat(chat.type, chat.id, old);
  return {
    origin: 'import',
    ...(bot === undefined ? {} : { bot }),
    ...(account === undefined ? {} : { account }),
    chat: String(translated?.id ?? chat.id),
    chat_type: translated?.type ?? UNKNOWN_CHAT,
    position: String(position),
    ...(topic === undefined ? {} : { topic: String(topic) }),
    ...(zone === undefined ? {} : { zone }),
  };
}

/** Type of a chat of whose type or id only a newer version knows what it is. */
export const UNKNOWN_CHAT = 'unknown';

/** True where each account numbers the messages for itself, so that an id means nothing without the account. */
export const countsPerAccount = (type: string | undefined): boolean => type === 'private' || type === 'group';

const unmarked = (id: number): number => (id >= CHAT_MARK ? id - CHAT_MARK : id >= PERSON_MARK ? id - PERSON_MARK : id);

function botApiId(type: ChatType, bare: number): number {
  if (type === 'private') return bare;
  return type === 'group' ? -bare : -(CHANNEL_OFFSET + bare);
}

/** Who sent a message: a person or a bot, or a chat that speaks for itself. */
export interface ExportSender {
  readonly id: number;
  readonly isUser: boolean;
}

/** Reads `user1`, `chat1`, `channel1`, or the number of exports before 2021; a marked number of a chat is one like `chat`'s. */
export function exportSender(value: unknown, chat: ChatType): ExportSender | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) {
    const isUser = value < CHAT_MARK;
    return { id: botApiId(isUser ? 'private' : chat === 'group' ? chat : 'channel', unmarked(value)), isUser };
  }
  const match = typeof value === 'string' ? /^(user|chat|channel)([1-9]\d{0,12})$/.exec(value) : null;
  if (match === null) return undefined;
  const type = match[1] === 'user' ? 'private' : match[1] === 'chat' ? 'group' : 'channel';
  return isBareId(type, Number(match[2]))
    ? { id: botApiId(type, Number(match[2])), isUser: type === 'private' }
    : undefined;
}
