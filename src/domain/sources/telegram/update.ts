/** What becomes of one line of telegram: the way it came says what its body is. */
import type { Receipt, RecordVerdict, RuleContext } from '../contract.ts';
import { type JsonObject, isJsonObject } from '../../json.ts';
import { judgeEvent } from './event.ts';
import { readFields } from './fields.ts';
import { judgeImported } from './imported.ts';
import { MESSAGE_KINDS, isMessageKind, kindOf } from './kinds.ts';
import { judgeMessage } from './message.ts';
import { readChat } from './parties.ts';
import { type Judging, type Origin, type TelegramOptions, originOf, reject } from './rows.ts';
import { shownName } from './vocabulary.ts';

/** Judges a line by its contents; never throws on any. */
export function judge(
  options: TelegramOptions,
  receipt: Receipt,
  message: JsonObject,
  context: RuleContext,
): RecordVerdict {
  const judging: Judging = { options, receipt, context, issues: [] };
  const origin = originOf(receipt);
  switch (origin) {
    case 'webhook':
    case 'poll':
      return judgeUpdate(judging, origin, message);
    case 'sent':
      return judgeSent(judging, message);
    case 'import':
      return judgeImported(judging, message);
    case undefined:
      return reject('no_identity', '');
  }
}

function judgeUpdate(judging: Judging, origin: Origin, update: JsonObject): RecordVerdict {
  const found = kindOf(update);
  if (!found.ok) return reject(found.reason, fieldOf(found.keys));
  const { kind, payload } = found;
  if (!isMessageKind(kind)) return judgeEvent(judging, origin, kind, payload);
  if (!isJsonObject(payload)) return reject('wrong_type', kind);
  const id = update['update_id'];
  const updateId = typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? id : 0;
  return judgeMessage(judging, readFields(payload, kind, judging.issues), { origin, kind, updateId });
}

/** Two kinds say what is wrong as well as a hundred. */
const SHOWN_KINDS = 2;
const fieldOf = (keys: readonly string[]): string => keys.slice(0, SHOWN_KINDS).map(shownName).join('+') || '$';

function judgeSent(judging: Judging, answer: JsonObject): RecordVerdict {
  const result = answer['result'];
  if (result === undefined) return reject('missing_field', 'result');
  if (!isJsonObject(result)) return reject('wrong_type', 'result');
  const source = { origin: 'sent', kind: 'sent', updateId: 0 } as const;
  return judgeMessage(judging, readFields(result, 'result', judging.issues), source);
}

/**
 * The move of a group that became a supergroup: told in the old chat and in the new one, and in answers to the bot. Both ids are
 * negative, as groups' are: a positive one is a person's and names no move.
 */
export function moveOf(message: JsonObject): { readonly from: string; readonly to: string } | undefined {
  const body = [...MESSAGE_KINDS, 'result'].map((kind) => message[kind]).find(isJsonObject);
  if (body === undefined) return undefined;
  const fields = readFields(body, '', []);
  const chat = readChat(fields.fields('chat'));
  const from = fields.id('migrate_from_chat_id') ?? chat?.id ?? 0;
  const to = fields.id('migrate_to_chat_id') ?? chat?.id ?? 0;
  return from < 0 && to < 0 && from !== to ? { from: String(from), to: String(to) } : undefined;
}
