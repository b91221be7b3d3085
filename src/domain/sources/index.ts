/** Every source chatlake knows, by name. */
import type { Source } from '../formats/layout.ts';
import type { TelegramOptions } from './telegram/rows.ts';
import type { Contract } from './contract.ts';
import { DESK } from './desk/contract.ts';
import { telegramContract } from './telegram/contract.ts';
import type { SourceName } from './titles.ts';

/** The contracts under a lake's options. */
export function contractsWith(telegram: TelegramOptions): ReadonlyMap<Source, Contract> {
  const contracts: Readonly<Record<SourceName, Contract>> = { desk: DESK, telegram: telegramContract(telegram) };
  return new Map(Object.entries(contracts));
}

/** The contracts as they are unless a configuration says otherwise: names, and the generated docs. */
export const CONTRACTS: ReadonlyMap<Source, Contract> = contractsWith({ texts: true, chats: undefined });
