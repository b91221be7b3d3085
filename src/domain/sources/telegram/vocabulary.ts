/** The words of Telegram that rows and paths may show (https://core.telegram.org/bots/api). Any other word may be somebody's, and is `*`. */
import { ATTRIBUTES, CONTENT, UPDATE_KINDS } from './kinds.ts';

/** Stands for a word that is in no list. */
export const OTHER = '*';

/** What happens in a chat and is no message of anybody: fields of Message that hold such an action. */
export const SERVICES = [
  'boost_added',
  'channel_chat_created',
  'chat_background_set',
  'chat_owner_changed',
  'chat_owner_left',
  'chat_shared',
  'checklist_tasks_added',
  'checklist_tasks_done',
  'community_chat_added',
  'community_chat_joined',
  'community_chat_removed',
  'connected_website',
  'delete_chat_photo',
  'direct_message_price_changed',
  'forum_topic_closed',
  'forum_topic_created',
  'forum_topic_edited',
  'forum_topic_reopened',
  'general_forum_topic_hidden',
  'general_forum_topic_unhidden',
  'gift',
  'gift_upgrade_sent',
  'giveaway_completed',
  'giveaway_created',
  'group_chat_created',
  'left_chat_member',
  'managed_bot_created',
  'message_auto_delete_timer_changed',
  'migrate_from_chat_id',
  'migrate_to_chat_id',
  'new_chat_members',
  'new_chat_photo',
  'new_chat_title',
  'paid_message_price_changed',
  'passport_data',
  'pinned_message',
  'poll_option_added',
  'poll_option_deleted',
  'proximity_alert_triggered',
  'refunded_payment',
  'successful_payment',
  'suggested_post_approval_failed',
  'suggested_post_approved',
  'suggested_post_declined',
  'suggested_post_paid',
  'suggested_post_refunded',
  'supergroup_chat_created',
  'unique_gift',
  'users_shared',
  'video_chat_ended',
  'video_chat_participants_invited',
  'video_chat_scheduled',
  'video_chat_started',
  'web_app_data',
  'write_access_allowed',
] as const;

/** Actions that only an export of Telegram Desktop names. */
export const EXPORT_ACTIONS: readonly string[] = [
  'attach_menu_bot_allowed',
  'boost_apply',
  'clear_history',
  'conference_call',
  'custom_action',
  'edit_chat_theme',
  'gift_code_prize',
  'group_call',
  'joined_telegram',
  'paid_messages_price_change',
  'paid_messages_refund',
  'phone_call',
  'requested_peer',
  'requested_phone_number',
  'score_in_game',
  'send_premium_gift',
  'send_stars_gift',
  'stars_prize',
  'suggest_profile_photo',
  'take_screenshot',
  'todo_append_tasks',
  'todo_completions',
  'topic_edit',
];

export const ENTITY_TYPES: readonly string[] = [
  'blockquote',
  'bold',
  'bot_command',
  'cashtag',
  'code',
  'custom_emoji',
  'date_time',
  'email',
  'expandable_blockquote',
  'hashtag',
  'italic',
  'mention',
  'phone_number',
  'pre',
  'spoiler',
  'strikethrough',
  'text_link',
  'text_mention',
  'underline',
  'url',
];

export const MEMBER_STATUSES = ['creator', 'administrator', 'member', 'restricted', 'left', 'kicked'] as const;
export const REACTION_TYPES: readonly string[] = ['custom_emoji', 'paid'];
export const BOOST_SOURCES = ['premium', 'gift_code', 'giveaway'] as const;
export const SUBSCRIPTION_STATES = ['active', 'canceled', 'failed'] as const;

/** Names of fields, of updates, messages and exports. */
export const TELEGRAM_NAMES: ReadonlySet<string> = new Set<string>([
  ...['update_id', 'result', 'ok', 'id', 'type', 'user', 'status', 'is_bot', 'is_member', 'language_code', 'emoji'],
  ...['new_chat_member', 'old_chat_member', 'old_reaction', 'new_reaction', 'reactions', 'boost', 'source', 'state'],
  ...['query', 'data', 'poll_id', 'option_ids', 'message_ids', 'currency', 'total_amount', 'total_count', 'is_enabled'],
  ...['date_unixtime', 'edited', 'edited_unixtime', 'from_id', 'actor', 'actor_id', 'action', 'text_entities'],
  ...['media_type', 'file', 'forwarded_from', 'forwarded_from_id', 'reply_to_message_id', 'via_bot', 'members'],
  ...UPDATE_KINDS,
  ...CONTENT,
  ...ATTRIBUTES,
  ...SERVICES,
]);

/** A field's name as rows and paths show it. */
export const shownName = (key: string): string => (TELEGRAM_NAMES.has(key) ? key : OTHER);
