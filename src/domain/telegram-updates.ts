/** The source of updates, and the kinds of them. Telegram adds some every year: an unknown one is received all the same. */
import type { Source } from './layout.ts';

export const TELEGRAM: Source = 'telegram';

/** Every kind of Bot API 10. Asked for by name, because Telegram leaves out member changes and reactions otherwise. */
export const UPDATE_KINDS = [
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'business_connection',
  'business_message',
  'edited_business_message',
  'deleted_business_messages',
  'guest_message',
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

/** What is left out unless it is asked for. */
export const KINDS_ON_REQUEST: readonly string[] = ['chat_member', 'message_reaction', 'message_reaction_count'];
