/** A message of a Telegram Desktop export as a row of the same table as live ones. */
import { isPlausible } from '../cleanse.ts';
import type { Cell, RecordVerdict } from '../contracts/contract.ts';
import type { JsonObject } from '../json.ts';
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
  if (message.dateFlag !== null) issues.push({ field: 'date', code: `${message.dateFlag}_local_time`, original: null });
  const edited = message.editDate;
  const impossible = edited !== null && !isPlausible(edited * 1000);
  if (impossible) issues.push({ field: 'edited', code: 'out_of_range', original: null });
  return messageRow(judging, {
    origin: 'import',
    kind: 'import',
    chat,
    messageId: message.messageId,
    idIsShared: message.idIsShared,
    date: message.date,
    editDate: impossible ? null : edited,
    updateId: 0,
    text: message.text,
    cells: { ...senderCells(judging, message), ...contentCells(message), members: membersOf(message, body) },
  });
}

function senderCells({ receipt, context }: Judging, { sender }: ExportMessage): Readonly<Record<string, Cell>> {
  const bot = botOf(receipt);
  const byBot = sender?.isUser === true && String(sender.id) === bot;
  const byChat = sender !== null && !sender.isUser;
  return {
    direction: byBot ? 'out' : 'in',
    person: sender?.isUser === true ? personOf(sender.id, context) : null,
    user_is_bot: byBot ? true : null,
    sender_chat: byChat ? personOf(sender.id, context) : null,
  };
}

/** An export says that a message was forwarded, not whose it was; and calls a caption text. */
function contentCells(message: ExportMessage): Readonly<Record<string, Cell>> {
  const { text, media } = message;
  return {
    media,
    has_media: media !== null,
    service: message.service,
    ...(media === null ? textCells(text, null) : textCells(null, text)),
    entities: message.entities.length === 0 ? null : message.entities.map(({ type }) => type),
    reply_to_message_id: message.replyTo,
    is_reply: message.replyTo !== null,
    via_bot: message.viaBot,
    is_edited: message.editDate !== null,
  };
}

/** An invitation lists who joined, by name: only their number is kept. */
function membersOf({ service }: ExportMessage, { members }: JsonObject): number | null {
  return service === 'new_chat_members' && Array.isArray(members) ? members.length : null;
}
