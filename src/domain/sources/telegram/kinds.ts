/** The kinds of a Bot API update, and what a message can hold (https://core.telegram.org/bots/api#update, #message). */
import type { Reason } from '../../counts.ts';
import { type Json, type JsonObject, isJsonObject } from '../../json.ts';
import type { Source } from '../../formats/layout.ts';

export const TELEGRAM: Source = 'telegram';

/** Kinds whose payload is a message. */
export const MESSAGE_KINDS = [
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'business_message',
  'edited_business_message',
  'guest_message',
] as const;

/** Kinds whose payload is anything else. */
export const EVENT_KINDS = [
  'business_connection',
  'deleted_business_messages',
  'stopped_message_generation',
  'message_reaction',
  'message_reaction_count',
  'inline_query',
  'chosen_inline_result',
  'callback_query',
  'shipping_query',
  'pre_checkout_query',
  'purchased_paid_media',
  'poll',
  'poll_answer',
  'my_chat_member',
  'chat_member',
  'chat_join_request',
  'chat_boost',
  'removed_chat_boost',
  'managed_bot',
  'subscription',
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

/** Every kind of Bot API 10. Asked for by name, because Telegram leaves out member changes and reactions otherwise. */
export const UPDATE_KINDS = [...MESSAGE_KINDS, ...EVENT_KINDS] as const;

/** What is left out unless it is asked for. */
export const KINDS_ON_REQUEST: readonly string[] = ['chat_member', 'message_reaction', 'message_reaction_count'];

/** What a message may hold besides text. The first that is there names it: an animation is also sent as a document, a venue as a location. */
export const CONTENT = [
  'animation',
  'live_photo',
  'paid_media',
  'audio',
  'document',
  'photo',
  'sticker',
  'story',
  'video_note',
  'video',
  'voice',
  'contact',
  'dice',
  'game',
  'poll',
  'venue',
  'location',
  'checklist',
  'rich_message',
  'invoice',
  'giveaway_winners',
  'giveaway',
] as const;

/** Fields that say something about a message of any content; what is in neither list is a service action. */
export const ATTRIBUTES = [
  'message_id',
  'message_thread_id',
  'from',
  'sender_chat',
  'date',
  'guest_query_id',
  'business_connection_id',
  'chat',
  'is_topic_message',
  'direct_messages_topic',
  'sender_tag',
  'receiver_user',
  'ephemeral_message_id',
  'sender_boost_count',
  'sender_business_bot',
  'forward_origin',
  'is_automatic_forward',
  'reply_to_message',
  'reply_to_checklist_task_id',
  'reply_to_poll_option_id',
  'is_paid_post',
  'external_reply',
  'quote',
  'reply_to_story',
  'via_bot',
  'guest_bot_caller_user',
  'guest_bot_caller_chat',
  'edit_date',
  'has_protected_content',
  'show_caption_above_media',
  'is_from_offline',
  'author_signature',
  'link_preview_options',
  'effect_id',
  'paid_star_count',
  'reply_markup',
  'caption',
  'caption_entities',
  'media_group_id',
  'has_media_spoiler',
  'text',
  'entities',
  'suggested_post_info',
] as const;

const MESSAGES: ReadonlySet<string> = new Set(MESSAGE_KINDS);
const EVENTS: ReadonlySet<string> = new Set(EVENT_KINDS);

/** True for a kind whose payload is a message. */
export const isMessageKind = (kind: string): boolean => MESSAGES.has(kind);

/** True for a kind that this contract gives typed columns. */
export const isKnownKind = (kind: string): boolean => MESSAGES.has(kind) || EVENTS.has(kind);

/** `keys`: those that make it ambiguous, as they stand there. */
export type UpdateKind =
  | { readonly ok: true; readonly kind: string; readonly payload: Json }
  | { readonly ok: false; readonly reason: Reason; readonly keys: readonly string[] };

/**
 * The one kind of an update: the key beside `update_id` that is known or holds an object, or failing that any key.
 * An update of two kinds has two meanings; one of none has no meaning: both are refused.
 */
export function kindOf(update: JsonObject): UpdateKind {
  const given = Object.entries(update).filter(([key, value]) => key !== 'update_id' && value !== null);
  const payloads = given.filter(([key, value]) => isKnownKind(key) || isJsonObject(value));
  const [first, ...others] = payloads.length > 0 ? payloads : given;
  if (first === undefined) return { ok: false, reason: 'missing_field', keys: [] };
  const [kind, payload] = first;
  if (others.length > 0) return { ok: false, reason: 'ambiguous_kind', keys: [first, ...others].map(([key]) => key) };
  return { ok: true, kind, payload };
}
