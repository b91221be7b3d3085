/** The real server's rules about updates: what their kind is, which of them wait for each other, how long they are kept. */
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { KINDS_ON_REQUEST, MESSAGE_KINDS, UPDATE_KINDS } from '../../domain/sources/telegram/kinds.ts';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const LIFETIME_MS: Readonly<Record<string, number>> = {
  callback_query: 150 * SECOND,
  inline_query: 30 * SECOND,
  chosen_inline_result: 600 * SECOND,
};
/** An edit waits for its message, so both are of one queue. A guest message is no part of a chat's own. */
const MESSAGES: readonly string[] = MESSAGE_KINDS.filter((kind) => kind !== 'guest_message');

/** The kind of an update: the one key beside `update_id`. */
export const kindOf = (update: JsonObject): string => Object.keys(update).find((key) => key !== 'update_id') ?? '';

export const isMessage = (kind: string): boolean => MESSAGES.includes(kind);

/** How long an update of a kind is kept, from the time it happened. */
export const lifetimeMs = (kind: string): number => LIFETIME_MS[kind] ?? DAY;

/** The queue of an update: it is delivered only after the one before it in its queue was. Messages queue per chat, the rest per kind and person. */
export function queueOf(kind: string, content: Json | undefined): string {
  const fields = isJsonObject(content) ? content : {};
  if (isMessage(kind)) return `chat ${idOf(fields['chat'])}`;
  return `${kind} ${idOf(fields['from'] ?? fields['user'] ?? fields['chat'])}`;
}

/** Whether a bot that asked for `allowed` (empty: the default) gets a kind. A kind that this list does not know always passes. */
export function isAllowed(kind: string, allowed: readonly string[]): boolean {
  if (allowed.length === 0) return !KINDS_ON_REQUEST.includes(kind);
  return allowed.includes(kind) || !UPDATE_KINDS.some((known) => known === kind);
}

/** The id of a chat or person, as text; empty when there is none. */
export function idOf(value: Json | undefined): string {
  const id = isJsonObject(value) ? value['id'] : undefined;
  return typeof id === 'number' || typeof id === 'string' ? String(id) : '';
}
