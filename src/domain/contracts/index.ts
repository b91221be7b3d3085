/** Every source chatlake knows, by name. */
import type { Source } from '../layout.ts';
import type { Contract } from './contract.ts';
import { DESK } from './desk.ts';

export const CONTRACTS: ReadonlyMap<Source, Contract> = new Map([[DESK.source, DESK]]);
