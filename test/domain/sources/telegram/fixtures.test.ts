/** Updates that nobody here wrote: each is a row, typed where its kind is known. */
import { expect, test } from '@jest/globals';
import { type Json, isJsonObject } from '../../../../src/domain/json.ts';
import { fixtures, identified, judged, row, update } from './support.ts';

/** File: kind, tables, what it holds or did, and what was noticed. Four files hold dates of 1970 and 1973. */
const EXPECTED = `
animation: message messages animation
business_connection: business_connection events enabled
callback_query: callback_query events+texts -
callback_query_inaccessible_message: callback_query events+texts -
channel_chat_created: message messages channel_chat_created
chat_boost: chat_boost events premium out_of_range chat_boost.boost.add_date
chat_member: chat_member events - out_of_range chat_member.date
chat_owner_left: message messages chat_owner_left
checklist: message messages checklist
checklist_tasks_done: message messages checklist_tasks_done
command: message messages+texts -
command_tag_valid: message messages+texts -
command_with_parameters: message messages+texts -
community_chat_removed: message messages community_chat_removed
contact: message messages contact
deleted_business_messages: deleted_business_messages events -
direct_message_price_changed: message messages direct_message_price_changed
edited_business_message: edited_business_message messages+texts -
edited_message: edited_message messages+texts -
food: message messages+texts -
forum_topic_created: message messages forum_topic_created
forum_topic_reopened: message messages forum_topic_reopened
giveaway: message messages giveaway
giveaway_created: message messages giveaway_created
group_chat_created: message messages group_chat_created
inline_query: inline_query events+texts -
left_chat_member: message messages left_chat_member
managed_bot: managed_bot events -
message: message messages+texts -
message_boost_added: message messages boost_added
message_different_topic_reply: message messages+texts -
message_general_topic: message messages+texts -
message_poll: message messages poll
message_reaction_count: message_reaction_count events -
migrate_from_chat_id: message messages migrate_from_chat_id
my_chat_member: my_chat_member events - out_of_range my_chat_member.date
new_chat_photo: message messages new_chat_photo
not_command: message messages+texts -
passport_data: message messages passport_data
pinned_message: message messages pinned_message
poll_answer: poll_answer events -
poll_option_deleted: message messages poll_option_deleted
proximity_alert_triggered: message messages proximity_alert_triggered
removed_chat_boost: removed_chat_boost events premium out_of_range removed_chat_boost.remove_date
shipping_query: shipping_query events -
story: message messages story
successful_payment: message messages successful_payment
text: message messages+texts -
venue: message messages venue
video_chat_ended: message messages video_chat_ended
video_chat_scheduled: message messages video_chat_scheduled
video_note: message messages video_note
web_app_data: message messages web_app_data
`;

const tidy = (cell: unknown): string => (typeof cell === 'string' ? cell : '-');

test('every update is a row of its kind', () => {
  const rows = [...fixtures()].map(([name, body], i) => {
    const { tables, cells, issues } = row({ ...body, update_id: i });
    const table = tables.map((each) => each.replace('telegram_', '')).join('+');
    const noticed = issues.map(({ field, code }) => ` ${code} ${field}`).join(',');
    const what = [cells['media'], cells['service'], cells['movement'], cells['state']].find((cell) => cell != null);
    return `${name}: ${tidy(cells['kind'])} ${table} ${tidy(what)}${noticed}`;
  });
  expect(rows).toEqual(EXPECTED.trim().split('\n'));
});
test('53 updates with ids of their own are 53 identities, as sent fewer', () => {
  const bodies = [...fixtures().values()];
  const hashes = (updates: typeof bodies): number =>
    new Set(updates.map((body) => JSON.stringify(identified(body)))).size;
  expect(bodies).toHaveLength(53);
  expect(hashes(bodies.map((body, i) => ({ ...body, update_id: i })))).toBe(53);
  expect(hashes(bodies)).toBeLessThan(53);
});

/** Names, phones, and ids of users and of their private chats, wherever they stand in an update. */
function personal(value: Json): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (!isJsonObject(value)) return value.flatMap(personal);
  const names = ['first_name', 'last_name', 'username', 'phone_number', 'vcard', 'address', 'title', 'user_chat_id'];
  const isUser = 'is_bot' in value || value['type'] === 'private';
  const own = [...names, ...(isUser ? ['id'] : [])].map((name) => value[name] ?? null);
  return [...own.filter((cell) => cell !== null).map(String), ...Object.values(value).flatMap(personal)];
}

test('no clear identifier or name of theirs is in a row', () => {
  for (const [name, body] of fixtures()) {
    const { cells, entity } = row(body, { texts: false });
    // One file gives a poll the id of its user.
    const words = JSON.stringify([{ ...cells, poll: null }, entity])
      .replaceAll(/k1:[^"]*/g, '')
      .split(/[^\p{L}\p{N}_]+/u);
    const secrets = personal(body);
    expect(secrets).not.toEqual([]);
    expect(secrets.filter((secret) => words.includes(secret)).map((secret) => `${name} ${secret}`)).toEqual([]);
  }
});

test('a kind that Telegram adds later is a row too', () => {
  const verdict = row(update({ from: { id: 7, is_bot: false }, hologram: 1, 'Ana Souza': 2 }, 'hologram_call'));
  expect(verdict.tables).toEqual(['telegram_events']);
  expect(verdict.cells).toMatchObject({
    kind: '*',
    is_known_kind: false,
    person: 'k1:telegram/person:7',
    fields: ['*', '*', 'from'],
  });
  expect(row(update(true, 'hologram')).cells).toMatchObject({ kind: '*', fields: [] });
  expect(judged(update({}, 'Ana Souza 123')).kind).toBe('row');
});
