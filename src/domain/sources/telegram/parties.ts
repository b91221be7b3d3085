/** Who and where: users and chats of an update, without a clear identifier of a person. */
import type { Cell, Column, RuleContext } from '../contract.ts';
import type { Fields } from './fields.ts';

/**
 * Purpose of the pseudonyms of users. A private chat has its user's id, so it gets the same pseudonym:
 * what the bot wrote to a person is found by the person's pseudonym too.
 */
export const PERSON_PURPOSE = 'telegram/person';

const CHAT_TYPES = ['private', 'group', 'supergroup', 'channel'] as const;
type ChatType = (typeof CHAT_TYPES)[number];

/** Ids of supergroups and channels lie below this (https://core.telegram.org/api/bots/ids). */
const LAST_SHARED_ID = -1_000_000_000_000;
const LANGUAGE = /^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?$/i;

export interface Chat {
  readonly id: number;
  readonly type: ChatType | null;
}

export const CHAT_COLUMNS: readonly Column[] = [
  {
    name: 'chat_id',
    type: 'int64',
    privacy: 'public',
    doc: 'id of a group, supergroup or channel; null for a private chat, whose id is its user’s',
    document: 'chatId',
  },
  {
    name: 'chat',
    type: 'text',
    privacy: 'personal',
    doc: 'the chat: its id as text, or the pseudonym of its user for a private chat',
    document: 'chat',
    pseudonym: true,
  },
  {
    name: 'chat_type',
    type: 'text',
    privacy: 'public',
    doc: 'type of the chat',
    document: 'chatType',
    values: CHAT_TYPES,
  },
];

export const USER_COLUMNS: readonly Column[] = [
  {
    name: 'person',
    type: 'text',
    privacy: 'personal',
    doc: 'pseudonym of the user (HMAC-SHA-256, `<key id>:<hex>`); null when there is none or it wrote on behalf of a chat',
    document: 'person',
    pseudonym: true,
  },
  {
    name: 'user_is_bot',
    type: 'bool',
    privacy: 'public',
    doc: 'the user is a bot',
    document: 'userIsBot',
  },
  {
    name: 'language_code',
    type: 'text',
    privacy: 'personal',
    doc: 'language of the user’s app (IETF tag)',
    document: 'languageCode',
  },
];

/** The chat of an object of the Bot API; undefined when its id is missing or inexact. */
export function readChat(fields: Fields | undefined): Chat | undefined {
  const id = fields?.id('id') ?? null;
  return id === null ? undefined : { id, type: (fields?.word('type', CHAT_TYPES) ?? null) as ChatType | null };
}

/** True where the id is a person's: the type says so, or the sign does. */
const isPrivate = ({ id, type }: Chat): boolean => type === 'private' || id > 0;

/** True where every account sees a message under the same id; elsewhere each account counts messages for itself. */
export const sharesMessageIds = ({ id, type }: Chat): boolean =>
  type === 'supergroup' || type === 'channel' || (type === null && id < LAST_SHARED_ID);

/** The cells of CHAT_COLUMNS. */
export function chatCells(chat: Chat | undefined, context: RuleContext): Readonly<Record<string, Cell>> {
  if (chat === undefined) return {};
  const own = isPrivate(chat);
  return {
    chat_id: own ? null : chat.id,
    chat: own ? personOf(chat.id, context) : String(chat.id),
    chat_type: chat.type,
  };
}

/** The cells of USER_COLUMNS. */
export function userCells(user: Fields | undefined, context: RuleContext): Readonly<Record<string, Cell>> {
  const id = user?.id('id') ?? null;
  if (user === undefined || id === null) return {};
  return {
    person: personOf(id, context),
    user_is_bot: user.flag('is_bot'),
    language_code: user.word('language_code', LANGUAGE),
  };
}

/** The pseudonym of a user's id; the normalised form is its decimal digits, the same for every bot and export. */
export const personOf = (id: number, context: RuleContext): string => context.pseudonym(PERSON_PURPOSE, String(id));

/** True when no list is given, or the chat or one it grew out of (`moves`: new id → old id) is in it. */
export function isAllowed(
  chats: readonly string[] | undefined,
  id: number,
  moves: ReadonlyMap<string, string>,
): boolean {
  if (chats === undefined) return true;
  const seen = new Set<string>();
  for (let at: string | undefined = String(id); at !== undefined && !seen.has(at); at = moves.get(at)) {
    if (chats.includes(at)) return true;
    seen.add(at);
  }
  return false;
}
