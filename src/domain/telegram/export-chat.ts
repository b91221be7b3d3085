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

/** The chat that `type` and `id` of an export name, or undefined for a type or an id that cannot be translated. */
export function exportChat(type: string, id: number, old: boolean): ExportChat | undefined {
  const known = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (known === undefined || !Number.isSafeInteger(id) || id <= 0 || id >= CHANNEL_OFFSET) return undefined;
  return { id: botApiId(known, old ? unmarked(id) : id), type: known };
}

/** What an imported line says of its receipt. A chat that cannot be translated keeps its id; its messages are quarantined later. */
export function importHeaders(
  chat: { readonly type: string; readonly id: number },
  old: boolean,
  known: { readonly bot?: string | undefined; readonly zone?: string | undefined },
): Readonly<Record<string, string>> {
  const translated = exportChat(chat.type, chat.id, old);
  return {
    origin: 'import',
    ...(known.bot === undefined ? {} : { bot: known.bot }),
    chat: String(translated?.id ?? chat.id),
    chat_type: translated?.type ?? UNKNOWN_CHAT,
    ...(known.zone === undefined ? {} : { zone: known.zone }),
  };
}

/** Type of a chat of which only a newer Telegram Desktop knows what it is. */
export const UNKNOWN_CHAT = 'unknown';

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
  const match = typeof value === 'string' ? /^(user|chat|channel)([1-9]\d{0,11})$/.exec(value) : null;
  if (match === null) return undefined;
  const type = match[1] === 'user' ? 'private' : match[1] === 'chat' ? 'group' : 'channel';
  return { id: botApiId(type, Number(match[2])), isUser: type === 'private' };
}
