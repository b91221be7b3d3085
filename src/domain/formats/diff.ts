/** A diff: what publishing a rebuild would change, compared line by line and cell by cell, kept before anything is published. */
import type { CodeVersion } from './code.ts';
import type { Column } from '../sources/contract.ts';
import type { Counts } from '../counts.ts';
import { PermanentError } from '../errors.ts';
import type { Source } from './layout.ts';
import type { Manifest } from './ledger.ts';

/** One cell that changed. Without its values where the column is personal or sensitive. */
export type CellSample =
  | { readonly entity: string; readonly before: string | null; readonly after: string | null }
  | { readonly entity: string };

export interface ColumnChange {
  readonly column: string;
  /** Rows on both sides whose cell differs. */
  readonly changed: number;
  readonly samples: readonly CellSample[];
}

/** A table's rows, told apart by the line they came from. */
export interface TableDiff {
  readonly table: string;
  readonly before: number;
  readonly after: number;
  readonly onlyBefore: number;
  readonly onlyAfter: number;
  readonly changed: number;
  /** Columns with a change, in the table's order. */
  readonly columns: readonly ColumnChange[];
}

/** Lines that were judged alike before, and alike now. */
export interface VerdictChange {
  readonly before: string;
  readonly reasonBefore: string | null;
  readonly after: string;
  readonly reasonAfter: string | null;
  readonly lines: number;
}

export interface Diff {
  readonly formatVersion: number;
  readonly source: Source;
  readonly window: string;
  readonly seals: readonly string[];
  readonly revision: number;
  readonly base: number;
  readonly code: { readonly before: readonly CodeVersion[]; readonly after: CodeVersion };
  readonly counts: { readonly before: Counts; readonly after: Counts };
  readonly verdicts: readonly VerdictChange[];
  readonly tables: readonly TableDiff[];
  /** What exactly was compared: the paths of the ledger file and of the tables' files, which hold their SHA-256. */
  readonly ledgerFile: string;
  readonly files: readonly string[];
}

/** The files of a decision, each under its table, in order. */
export const decidedFiles = (manifest: Pick<Manifest, 'tables'>): readonly string[] =>
  manifest.tables.flatMap(({ table, files }) => files.map(({ path }) => `${table}/${path}`)).sort();

/** Throws PermanentError, saying what to do, unless a decision is the one that was compared. */
export function checkExpected(diff: Diff, manifest: Manifest, key: string): void {
  if (diff.revision !== manifest.revision) throw staleDiff(key, 'the window was judged again meanwhile');
  if (!same(diff.seals, manifest.seals)) throw staleDiff(key, 'the window has other generations now');
  if (diff.ledgerFile !== manifest.ledgerFile.path || !same(diff.files, decidedFiles(manifest)))
    throw staleDiff(key, 'today’s code, contract or claims decide otherwise');
}

/** What is wrong with a diff, and what to do. */
export const staleDiff = (key: string, why: string): PermanentError =>
  new PermanentError(
    `The diff is stale: ${why} (${key}); nothing was published, compare again and pass the key of the new diff.`,
  );

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, i) => text === b[i]);

/** True for a column whose values may be shown. */
export const mayShow = (columns: readonly Column[], name: string): boolean =>
  columns.some((column) => column.name === name && column.privacy === 'public');
