/** Updates of a made-up health post’s group, as Telegram would deliver them: the demo and its golden numbers. */
import type { JsonObject } from '../../json.ts';

const ANA = { id: 5_550_000_001, is_bot: false, first_name: 'Ana', username: 'ana_exemplo', language_code: 'pt-br' };
const BRUNO = { id: 5_550_000_002, is_bot: false, first_name: 'Bruno', language_code: 'pt-br' };
const CARLA = { id: 5_550_000_003, is_bot: false, first_name: 'Carla', language_code: 'pt-br' };
const GROUP = { id: -1_005_550_000_000, type: 'supergroup', title: 'Posto de Saúde Central' };
const WITH_ANA = { id: ANA.id, type: 'private', first_name: 'Ana', username: 'ana_exemplo' };

/** What becomes of the demo: one repeat, one update that says nothing, and a row for everything else. */
export const DEMO_COUNTS = { received: 14, enriched: 12, duplicates: 1, quarantined: 1 } as const;

/**
 * The updates in the order of their delivery, the last sent a few seconds before `nowMs`. Ids grow with `nowMs`, so that a demo
 * that is run again, half a minute later or more, tells of new messages.
 */
export function demoUpdates(nowMs: number, bot: number): readonly JsonObject[] {
  const now = Math.floor(nowMs / 1000);
  const first = now - 30;
  const ago = (seconds: number): number => now - seconds;
  const message = (n: number, from: JsonObject, seconds: number, more: JsonObject): JsonObject => ({
    message_id: first + n,
    from,
    chat: GROUP,
    date: ago(seconds),
    ...more,
  });
  const question = message(1, ANA, 600, { text: 'Bom dia! Como faço para agendar uma consulta?' });
  const menu = message(9, { id: bot, is_bot: true, first_name: 'Posto' }, 60, { text: 'Como posso ajudar?' });
  const asked = { update_id: first, message: question };
  const payloads: readonly JsonObject[] = [
    { message: message(2, BRUNO, 540, { text: 'Agende pelo telefone 0000-0000', reply_to_message: question }) },
    { edited_message: { ...question, edit_date: ago(500), text: 'Bom dia! Como agendo uma consulta para amanhã?' } },
    { message: message(3, ANA, 420, { caption: 'Minha receita', photo: [{ file_id: 'a', width: 90, height: 90 }] }) },
    { message: message(4, BRUNO, 400, { voice: { file_id: 'b', duration: 7 } }) },
    { chat_member: joined(ago(300)) },
    { message: message(5, CARLA, 300, { new_chat_members: [CARLA] }) },
    { message: message(6, CARLA, 280, { text: 'Oi, pessoal! O posto abre no sábado? 🙏' }) },
    { message_reaction: reacted(first + 6, ago(270)) },
    { message: message(8, ANA, 90, { chat: WITH_ANA, text: '/start', entities: [START] }) },
    { callback_query: { id: String(first), from: ANA, message: { ...menu, chat: WITH_ANA }, data: 'agendar' } },
    { voice_room_opened: { chat: GROUP, from: BRUNO, date: ago(20), room: { topic: 'Vacinas' } } },
    {},
  ];
  const delivered = payloads.map((payload, i) => ({ update_id: first + 1 + i, ...payload }));
  return [asked, ...delivered.slice(0, 4), asked, ...delivered.slice(4)];
}

const START = { type: 'bot_command', offset: 0, length: 6 };

const joined = (date: number): JsonObject => ({
  chat: GROUP,
  from: CARLA,
  date,
  old_chat_member: { user: CARLA, status: 'left' },
  new_chat_member: { user: CARLA, status: 'member' },
});

const reacted = (message_id: number, date: number): JsonObject => ({
  chat: GROUP,
  message_id,
  user: BRUNO,
  date,
  old_reaction: [],
  new_reaction: [{ type: 'emoji', emoji: '👍' }],
});
