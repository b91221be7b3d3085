/** Where what people wrote lies outside raw, once texts are switched on: a table, and lines staged by a run that goes on. */
import type { Contract } from '../sources/contract.ts';
import { STAGING_PREFIX } from './layout.ts';

/** The only table with what people wrote. */
export const TEXTS_TABLE = 'telegram_texts';
/** Staged lines with texts in them: guarded apart from the rest of staging, and gone with their run. */
export const CLEAR_STAGING_PREFIX = 'staging-texts/';

/** True for a contract whose staged lines hold what people wrote. */
export const holdsTexts = ({ tables }: Pick<Contract, 'tables'>): boolean =>
  tables.some(({ name }) => name === TEXTS_TABLE);

/** The folder of a run's staged lines with texts; `run` as runName gives it. */
export const clearStagingFolder = (run: string): string => `${CLEAR_STAGING_PREFIX}${run}/`;
export const clearStagingKey = (run: string, chunk: number, sha256: string): string =>
  `${clearStagingFolder(run)}cleanse-${chunk.toString().padStart(5, '0')}-${sha256}.parquet`;

/** The run that staged a key, of either prefix. */
export const runOfStaging = (key: string): string => key.split('/')[1] ?? '';

/** True for what a run staged, texts or not. */
export const isStaging = (key: string): boolean =>
  key.startsWith(STAGING_PREFIX) || key.startsWith(CLEAR_STAGING_PREFIX);
