/** Who a message is: frozen, for what is once claimed in a ledger must be found again for ever. */
import type { Receipt, RecordIdentity, RuleContext } from '../contract.ts';
import { asFixed } from '../../judge/fix.ts';
import { type JsonObject, isJsonObject } from '../../json.ts';
import { countsPerAccount } from './export-chat.ts';
import { exportMessage } from './export-message.ts';
import { readFields } from './fields.ts';
import { kindOf } from './kinds.ts';
import { readChat } from './parties.ts';
import { botOf, originOf } from './rows.ts';

const PURPOSE = 'telegram/identity';
const CLAIM_SPAN = 100_000;

/**
 * An update is its bot and `update_id`, told apart from one of an earlier sequence (Telegram begins at a random id after a week
 * without updates) by kind and date; by webhook or by poll it is the same. What the bot sent is its chat, id and content, for an
 * answer that was stored twice is the same and an edit is not. An imported message is its chat, id and dates (and account, where
 * ids are an account's): another export of the chat repeats it. A message fixed from another is not that one. Undefined: no such id is there, or it is not exact.
 */
export function identify(receipt: Receipt, message: JsonObject, context: RuleContext): RecordIdentity | undefined {
  const identity = identifyReceived(receipt, message, context);
  return identity && { ...identity, transportId: asFixed(identity.transportId, receipt.headers) };
}

function identifyReceived(receipt: Receipt, message: JsonObject, context: RuleContext): RecordIdentity | undefined {
  switch (originOf(receipt)) {
    case 'webhook':
    case 'poll':
      return identifyUpdate(receipt, message);
    case 'sent':
      return identifySent(receipt, message, context);
    case 'import':
      return identifyImported(receipt, message, context);
    case undefined:
      return undefined;
  }
}

function identifyUpdate(receipt: Receipt, update: JsonObject): RecordIdentity | undefined {
  const bot = botOf(receipt);
  const id = update['update_id'];
  if (bot === undefined || typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return undefined;
  return {
    transportId: `${bot}:${id}`,
    discriminator: discriminatorOf(update),
    claimKey: `u${Math.floor(id / CLAIM_SPAN)
      .toString()
      .padStart(12, '0')}`,
  };
}

/** Hashed with the identity and never shown, so kinds that no list knows stay apart. */
const IS_NAME = /^[A-Za-z_]\w{0,63}$/;

/** `<kind>:<date>`: the date is the one the payload itself names, and empty for kinds that name none. */
function discriminatorOf(update: JsonObject): string {
  const found = kindOf(update);
  if (!found.ok) return '';
  const date = isJsonObject(found.payload) ? found.payload['date'] : undefined;
  return `${IS_NAME.test(found.kind) ? found.kind : '*'}:${typeof date === 'number' && Number.isSafeInteger(date) ? date : ''}`;
}

function identifySent(receipt: Receipt, answer: JsonObject, context: RuleContext): RecordIdentity | undefined {
  const bot = botOf(receipt);
  const result = answer['result'];
  if (bot === undefined || !isJsonObject(result)) return undefined;
  const fields = readFields(result, 'result', []);
  const chat = readChat(fields.fields('chat'));
  const messageId = fields.id('message_id');
  if (chat === undefined || messageId === null) return undefined;
  return {
    transportId: `${bot}:sent:${context.pseudonym(PURPOSE, `${chat.id}\n${messageId}`)}`,
    discriminator: context.pseudonym(PURPOSE, JSON.stringify(result)),
  };
}

function identifyImported(receipt: Receipt, body: JsonObject, context: RuleContext): RecordIdentity | undefined {
  const outcome = exportMessage(body, receipt.headers);
  // It claims nothing of the message it is: it can be imported again, with a zone or an account for instance.
  if (outcome.kind === 'rejected') return undefined;
  const { chatId, messageId, account, date, clock, editDate } = outcome.message;
  const scope = account === undefined ? [] : [account, clock];
  return {
    transportId: imported(context, [...scope, chatId, messageId, editDate ?? '']),
    discriminator: String(date),
  };
}

const imported = (context: RuleContext, parts: readonly (string | number)[]): string =>
  `import:${context.pseudonym(PURPOSE, parts.join('\n'))}`;

/**
 * The transport id of a message that cannot be read: an export's has its place in the export, so the same file imported again repeats
 * it. Undefined for every other origin: there an unreadable message is only itself.
 */
export function identifyUnread(receipt: Receipt, context: RuleContext): string | undefined {
  const { chat, chat_type: type, account = '', position } = receipt.headers;
  if (originOf(receipt) !== 'import' || chat === undefined || position === undefined) return undefined;
  const scope = countsPerAccount(type) ? [account] : [];
  return asFixed(imported(context, [...scope, chat, 'at', position]), receipt.headers);
}
