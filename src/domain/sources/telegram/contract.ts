/** The contract of telegram: updates of a bot by webhook or poll, what the bot sent, and imported exports. */
import { ZONE } from './calendar.ts';
import { identify, identifyUnread } from './identity.ts';
import { PERSON_PURPOSE } from './parties.ts';
import type { TelegramOptions } from './rows.ts';
import { EVENTS, MESSAGES, TEXTS } from './tables.ts';
import { judge, moveOf } from './update.ts';
import { TELEGRAM_NAMES } from './vocabulary.ts';
import type { Contract, RecordRules } from '../contract.ts';

/** The contract for a lake's options: whether free text is kept outside raw, and which chats are used (undefined: all). */
export function telegramContract(options: TelegramOptions): Contract<RecordRules> {
  return {
    source: 'telegram',
    version: 1,
    variant: variantOf(options),
    zone: ZONE,
    personPurpose: PERSON_PURPOSE,
    tables: options.texts ? [MESSAGES, EVENTS, TEXTS] : [MESSAGES, EVENTS],
    names: TELEGRAM_NAMES,
    rules: {
      kind: 'record',
      identify,
      identifyUnread,
      judge: (receipt, message, context) => judge(options, receipt, message, context),
      ...(options.chats === undefined ? {} : { moveOf }),
    },
  };
}

/** Rows of other options must not be mixed into one run. A few bits tell lists of chats apart: the ids of private ones are people's. */
function variantOf({ texts, chats }: TelegramOptions): string {
  const words = [...(texts ? [] : ['notexts']), ...(chats === undefined ? [] : [`chats${digest([...chats].sort())}`])];
  return words.join('-');
}

/** The last 20 bits of FNV-1a over the texts, in hex. */
function digest(texts: readonly string[]): string {
  let hash = 0x811c9dc5;
  for (const char of texts.join(',')) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return (hash & 0xfffff).toString(16).padStart(5, '0');
}
