/** A message of a Telegram Desktop export as a row of the same table as live ones. */
import { isPlausible } from '../../judge/dates.ts';
import type { Cell, RecordVerdict } from '../contract.ts';
import type { JsonObject } from '../../json.ts';
import { type ExportMessage, exportMessage } from './export-message.ts';
import { personOf } from './parties.ts';
import { type Judging, botOf, messageRow, refuseChat, reject } from './rows.ts';
import { textCells } from './words.ts';

/** The verdict on one message of an export; its chat stands in the receipt's headers. */
export function judgeImported(judging: Judging, body: JsonObject): RecordVerdict {
  const { receipt, issues } = judging;
  const outcome = exportMessage(body, receipt.headers);
  if (outcome.kind === 'rejected') return outcome;
  const { message } = outcome;
  const chat = { id: message.chatId, type: message.chatType };
  if (!Number.isSafeInteger(chat.id)) return reject('wrong_type', 'chat');
  const refused = refuseChat(judging, chat, 'chat');
  if (refused !== undefined) return refused;
  if (!isPlausible(message.date * 1000)) return reject('date_out_of_range', 'date');
  if (message.dateFlag !== null) issues.push({ field: 'date', code: `${message.dateFlag}_local_time` });
  const edited = message.editDate;
  const impossible = edited !== null && !isPlausible(edited * 1000);
  if (impossible) issues.push({ field: 'edited', code: 'out_of_range' });
  if (message.sender === null && isNamed(body)) issues.push({ field: 'from_id', code: 'wrong_type' });
  return messageRow(judging, {
    origin: 'import',
    kind: 'import',
    chat,
    messageId: message.messageId,
    scope: message.account === undefined ? [] : ['import', message.account, message.clock],
    date: message.date,
    day: message.clock.slice(0, 10),
    editDate: impossible ? null : edited,
    stateDate: message.stateDate,
    updateId: 0,
    text: message.text,
    cells: { ...senderCells(judging, message), ...contentCells(message), members: membersOf(message, body) },
  });
}

/** An id stands where the sender's is; a deleted account of an old export has null there. */
const isNamed = (body: JsonObject): boolean =>
  (body[body['type'] === 'service' ? 'actor_id' : 'from_id'] ?? null) !== null;

/** Without a bot nobody knows which of the messages are its own; nor of what is written on behalf of a chat, for a bot does that too. */
function senderCells({ receipt, context }: Judging, { sender }: ExportMessage): Readonly<Record<string, Cell>> {
  const bot = botOf(receipt);
  const byBot = bot !== undefined && sender?.isUser === true && String(sender.id) === bot;
  const byChat = sender !== null && !sender.isUser;
  return {
    direction: bot === undefined || sender?.isUser !== true ? null : byBot ? 'out' : 'in',
    person: sender?.isUser === true ? personOf(sender.id, context) : null,
    user_is_bot: byBot ? true : null,
    sender_chat: byChat ? personOf(sender.id, context) : null,
  };
}

/** An export calls a caption text, and leaves out what it has no words for: then nobody knows what a message without text held. */
function contentCells(message: ExportMessage): Readonly<Record<string, Cell>> {
  const { text, media, service } = message;
  return {
    media,
    has_media: media === null && text === null && service === null ? null : media !== null,
    service,
    ...(media === null ? textCells(text, null) : textCells(null, text)),
    entities: message.entities.length === 0 ? null : message.entities.map(({ type }) => type),
    reply_to_message_id: message.replyTo,
    is_reply: message.isReply,
    thread_id: message.topic,
    is_forwarded: message.forwarded,
    forward_kind: message.forwardKind,
    via_bot: message.viaBot,
    is_edited: message.editDate !== null,
  };
}

const JOINED_ALONE = ['join_group_by_link', 'join_group_by_request'];

/** An invitation lists who joined, by name: only their number is kept. */
function membersOf({ service }: ExportMessage, { action, members }: JsonObject): number | null {
  if (service !== 'new_chat_members') return null;
  if (typeof action === 'string' && JOINED_ALONE.includes(action)) return 1;
  return Array.isArray(members) ? members.length : null;
}
