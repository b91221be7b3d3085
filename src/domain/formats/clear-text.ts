/** Where what people wrote lies: raw, tables that their contract calls clear, and lines staged by a run that goes on. */
import type { Contract } from '../sources/contract.ts';
import { RAW_PREFIX, STAGING_PREFIX, pad, tableRoot } from './layout.ts';
import type { Key } from './prefixes.ts';

/** Staged lines with texts in them: guarded apart from the rest of staging, and gone with their run. */
export const CLEAR_STAGING_PREFIX: Key = 'staging-texts/';

/** True for a contract whose staged lines hold what people wrote. */
export const holdsTexts = ({ tables }: Pick<Contract, 'tables'>): boolean => tables.some(({ clear }) => clear);

/** The prefixes of everything that holds what people wrote, by these contracts. */
export const clearPrefixes = (contracts: Iterable<Pick<Contract, 'tables'>>): readonly string[] => [
  RAW_PREFIX,
  CLEAR_STAGING_PREFIX,
  ...[...contracts].flatMap(({ tables }) => tables.filter(({ clear }) => clear).map(({ name }) => tableRoot(name))),
];

/** The folder of a run's staged lines with texts; `run` as runName gives it. */
export const clearStagingFolder = (run: string): Key => `${CLEAR_STAGING_PREFIX}${run}/`;
export const clearStagingKey = (run: string, chunk: number, sha256: string): Key =>
  `${clearStagingFolder(run)}cleanse-${pad(chunk, 5)}-${sha256}.parquet`;

/** The run that staged a key, of either prefix. */
export const runOfStaging = (key: string): string => key.split('/')[1] ?? '';

/** True for what a run staged, texts or not. */
export const isStaging = (key: string): boolean =>
  key.startsWith(STAGING_PREFIX) || key.startsWith(CLEAR_STAGING_PREFIX);
