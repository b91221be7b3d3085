/** Words of a Telegram Desktop export in the words of the Bot API; what has no counterpart keeps its own word, where that is known. */
import type { JsonObject } from '../../json.ts';
import type { ChatType } from './export-chat.ts';
import { ENTITY_TYPES, EXPORT_ACTIONS, OTHER, SERVICES } from './vocabulary.ts';

export type MediaKind =
  | 'photo'
  | 'video'
  | 'voice'
  | 'audio'
  | 'animation'
  | 'sticker'
  | 'video_note'
  | 'document'
  | 'contact'
  | 'location'
  | 'venue'
  | 'poll'
  | 'game'
  | 'invoice'
  | 'giveaway'
  | 'giveaway_winners'
  | 'paid_media'
  | 'checklist';

const MEDIA_TYPES: Readonly<Record<string, MediaKind>> = {
  sticker: 'sticker',
  video_message: 'video_note',
  voice_message: 'voice',
  animation: 'animation',
  video_file: 'video',
  audio_file: 'audio',
};

/** Fields that tell the kind, the more telling first: a venue has a location too, and every medium of a file has `file`. */
const MEDIA_FIELDS: readonly (readonly [string, MediaKind])[] = [
  ['photo', 'photo'],
  ['file', 'document'],
  ['contact_information', 'contact'],
  ['place_name', 'venue'],
  ['location_information', 'location'],
  ['poll', 'poll'],
  ['game_title', 'game'],
  ['invoice_information', 'invoice'],
  ['giveaway_information', 'giveaway'],
  ['giveaway_results', 'giveaway_winners'],
  ['paid_stars_amount', 'paid_media'],
  ['todo_list', 'checklist'],
];

/** The medium of a message, also where the export left the file out. */
export function mediaKind(message: JsonObject): MediaKind | undefined {
  const type = message['media_type'];
  if (typeof type === 'string' && Object.hasOwn(MEDIA_TYPES, type)) return MEDIA_TYPES[type];
  return MEDIA_FIELDS.find(([field]) => message[field] !== undefined)?.[1];
}

const ENTITIES: Readonly<Record<string, string>> = {
  link: 'url',
  mention_name: 'text_mention',
  phone: 'phone_number',
};

/** What Telegram's apps mark and the Bot API does not name. */
const NO_ENTITIES = ['plain', 'unknown', 'bank_card'];

/** The Bot API's type of an entity; undefined for what it marks none for. */
export function entityType(type: string, collapsed: boolean): string | undefined {
  if (NO_ENTITIES.includes(type)) return undefined;
  if (type === 'blockquote' && collapsed) return 'expandable_blockquote';
  return (Object.hasOwn(ENTITIES, type) ? ENTITIES[type] : undefined) ?? listed(type, ENTITY_TYPES);
}

const ACTIONS: Readonly<Record<string, string>> = {
  create_group: 'group_chat_created',
  edit_group_title: 'new_chat_title',
  edit_group_photo: 'new_chat_photo',
  delete_group_photo: 'delete_chat_photo',
  invite_members: 'new_chat_members',
  join_group_by_link: 'new_chat_members',
  join_group_by_request: 'new_chat_members',
  remove_members: 'left_chat_member',
  migrate_to_supergroup: 'migrate_to_chat_id',
  migrate_from_group: 'migrate_from_chat_id',
  pin_message: 'pinned_message',
  send_payment: 'successful_payment',
  refunded_payment: 'refunded_payment',
  attach_menu_bot_allowed: 'write_access_allowed',
  web_app_bot_allowed: 'write_access_allowed',
  send_passport_values: 'passport_data',
  proximity_reached: 'proximity_alert_triggered',
  invite_to_group_call: 'video_chat_participants_invited',
  group_call_scheduled: 'video_chat_scheduled',
  set_messages_ttl: 'message_auto_delete_timer_changed',
  send_webview_data: 'web_app_data',
  topic_created: 'forum_topic_created',
  boost_apply: 'boost_added',
  giveaway_launch: 'giveaway_created',
  giveaway_results: 'giveaway_completed',
  set_chat_wallpaper: 'chat_background_set',
  set_same_chat_wallpaper: 'chat_background_set',
  send_star_gift: 'gift',
  todo_completions: 'checklist_tasks_done',
  todo_append_tasks: 'checklist_tasks_added',
  suggested_post_success: 'suggested_post_paid',
  suggested_post_refund: 'suggested_post_refunded',
  new_creator_pending: 'chat_owner_left',
  change_creator: 'chat_owner_changed',
};

/** Ids of peers in Telegram Desktop: above the 48 bits of a bare id stands what they are of, 0 for users. */
const FIRST_CHAT_PEER = 2 ** 48;

/** Actions whose kind hangs on more than their word. */
const READ_ACTIONS: Readonly<Record<string, (message: JsonObject, chat: ChatType) => string>> = {
  create_channel: (_, chat) => (chat === 'supergroup' ? 'supergroup_chat_created' : 'channel_chat_created'),
  group_call: ({ duration }) => (duration === undefined ? 'video_chat_started' : 'video_chat_ended'),
  // Closing, opening, hiding: the export calls them all an edit, and has nothing else to say.
  topic_edit: (message) =>
    'new_title' in message || 'new_icon_emoji_id' in message ? 'forum_topic_edited' : 'topic_edit',
  allow_sending_messages: ({ reason_domain: site }) =>
    site === undefined ? 'write_access_allowed' : 'connected_website',
  process_suggested_post: ({ rejected }) => (rejected === true ? 'suggested_post_declined' : 'suggested_post_approved'),
  paid_messages_price_change: (_, chat) =>
    chat === 'channel' ? 'direct_message_price_changed' : 'paid_message_price_changed',
  requested_peer: ({ peers, peer_id: peer }) => {
    const [id] = /\d+/.exec(JSON.stringify(peers ?? peer ?? null)) ?? [];
    return id === undefined ? 'requested_peer' : Number(id) < FIRST_CHAT_PEER ? 'users_shared' : 'chat_shared';
  },
};

const ACTION_WORDS: readonly string[] = [...SERVICES, ...EXPORT_ACTIONS];

/** The Bot API's kind of a service message, else the export's own word; `*` where neither knows it. */
export function serviceKind(message: JsonObject, chat: ChatType): string {
  const action = typeof message['action'] === 'string' ? message['action'] : '';
  if (Object.hasOwn(READ_ACTIONS, action)) return READ_ACTIONS[action]?.(message, chat) ?? action;
  return (Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined) ?? listed(action, ACTION_WORDS);
}

export type ForwardKind = 'user' | 'chat' | 'channel';

const FORWARDED: Readonly<Record<string, ForwardKind>> = { user: 'user', chat: 'chat', channel: 'channel' };

/** Whose message was forwarded, where the export names an id; names alone tell a hidden user from nobody. */
export function forwardKind(message: JsonObject): ForwardKind | undefined {
  const id = message['forwarded_from_id'];
  const [, kind = ''] = (typeof id === 'string' && /^([a-z]+)\d+$/.exec(id)) || [];
  return Object.hasOwn(FORWARDED, kind) ? FORWARDED[kind] : undefined;
}

/** Only words of a list leave raw. */
const listed = (text: string, words: readonly string[]): string => (words.includes(text) ? text : OTHER);
