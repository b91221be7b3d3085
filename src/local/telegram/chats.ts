/** The chats the bot has met: their message ids, and where groups have moved to. */
import type { Json, JsonObject } from '../../domain/json.ts';
import { isJsonObject } from '../../domain/json.ts';
import { ApiError } from './api-error.ts';
import { idOf, isMessage, kindOf } from './rules.ts';

export interface Chats {
  /** Learns a message's chat and ids; a message without id and date gets them. Other updates come back as they are. */
  complete(update: JsonObject, nowMs: number): JsonObject;
  /** A message of the bot in a chat. Throws ApiError: the chat is not known, or the group has moved. */
  say(chatId: string, text: string, from: JsonObject, nowMs: number): JsonObject;
  /** Turns a group into a supergroup. Returns its new id and both service messages, the old chat’s first. */
  migrate(chatId: string, to: string, nowMs: number): readonly [JsonObject, JsonObject];
}

interface Chat {
  readonly facts: JsonObject;
  lastMessageId: number;
  movedTo?: number;
}

/** No chats at first: a bot cannot write to anybody who has not written. */
export function openChats(): Chats {
  const chats = new Map<string, Chat>();
  const meet = (facts: JsonObject): Chat => {
    const id = idOf(facts);
    const chat = { lastMessageId: 0, ...chats.get(id), facts };
    chats.set(id, chat);
    return chat;
  };
  const numbered = (chat: Chat, fields: JsonObject, nowMs: number): JsonObject => {
    chat.lastMessageId += 1;
    return { message_id: chat.lastMessageId, date: Math.floor(nowMs / 1_000), chat: chat.facts, ...fields };
  };
  return {
    complete(update, nowMs) {
      const kind = kindOf(update);
      const message = update[kind];
      if (!isMessage(kind) || !isJsonObject(message) || !isJsonObject(message['chat'])) return update;
      const chat = meet(message['chat']);
      if (message['message_id'] === undefined) return { ...update, [kind]: numbered(chat, message, nowMs) };
      chat.lastMessageId = Math.max(chat.lastMessageId, wholeOf(message['message_id']));
      return update;
    },
    say(chatId, text, from, nowMs) {
      const chat = chats.get(chatId);
      if (chat === undefined) throw new ApiError(400, 'Bad Request: chat not found');
      if (chat.movedTo !== undefined) {
        throw new ApiError(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
          migrate_to_chat_id: chat.movedTo,
        });
      }
      return numbered(chat, { from, text }, nowMs);
    },
    migrate(chatId, to, nowMs) {
      const old = chats.get(chatId);
      if (old === undefined) throw new ApiError(400, 'Bad Request: chat not found');
      old.movedTo = Number(to);
      const now = meet({ ...old.facts, id: Number(to), type: 'supergroup' });
      return [
        numbered(old, { migrate_to_chat_id: Number(to) }, nowMs),
        numbered(now, { migrate_from_chat_id: Number(chatId) }, nowMs),
      ];
    },
  };
}

const wholeOf = (value: Json): number => (typeof value === 'number' && Number.isSafeInteger(value) ? value : 0);
