/** The contract of telegram: updates of a bot by webhook or poll, what the bot sent, and imported exports. */
import { ZONE } from '../telegram/calendar.ts';
import { identify } from '../telegram/identity.ts';
import { PERSON_PURPOSE } from '../telegram/parties.ts';
import type { TelegramOptions } from '../telegram/rows.ts';
import { EVENTS, MESSAGES, TEXTS } from '../telegram/tables.ts';
import { judge, moveOf } from '../telegram/update.ts';
import type { Contract, RecordRules, Table } from './contract.ts';

/** A contract whose rules judge whole messages and route each to some of several tables. */
export type RecordContract = Pick<Contract, 'source' | 'version' | 'zone' | 'personPurpose'> & {
  readonly tables: readonly Table[];
  readonly rules: RecordRules;
};

/** The contract for a lake's options: whether free text is kept outside raw, and which chats are used (undefined: all). */
export function telegramContract(options: TelegramOptions): RecordContract {
  return {
    source: 'telegram',
    version: 1,
    zone: ZONE,
    personPurpose: PERSON_PURPOSE,
    tables: options.texts ? [MESSAGES, EVENTS, TEXTS] : [MESSAGES, EVENTS],
    rules: {
      kind: 'record',
      identify,
      judge: (receipt, message, context) => judge(options, receipt, message, context),
      moveOf,
    },
  };
}
