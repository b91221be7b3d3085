/** What a file of a table holds, as its `add` tells it: everybody who drops, proves, loads, merges or reads asks the log, never a name. */
import type { Add } from './delta.ts';
import { anyBetween } from '../sorted.ts';

/** Columns whose range every `add` tells, so that readers of other engines pass files over, too. */
export const RANGED_COLUMNS = ['event_date', 'occurred_at', 'received_at', 'entity'] as const;

/** Statistics of one file in the words of the Delta protocol; a column that holds only nulls has no range. */
export interface FileStats {
  readonly numRecords: number;
  readonly minValues: Readonly<Record<string, string>>;
  readonly maxValues: Readonly<Record<string, string>>;
  readonly nullCount: Readonly<Record<string, number>>;
}

/** What was written, read back from the file itself. */
export interface FileFacts {
  readonly rows: number;
  /** Rows of each seal. */
  readonly seals: Readonly<Record<string, number>>;
  readonly stats: FileStats;
}

/** One file of a table, as a manifest lists it. `path` is below the table's root. */
export interface TableFile extends FileFacts {
  readonly path: string;
  readonly bytes: number;
}

const SEALS = 'chatlake.seals';

/** The `add` of a file. */
export const addOf = (file: TableFile, modificationTime: number, dataChange: boolean): Add => ({
  path: file.path,
  partitionValues: {},
  size: file.bytes,
  modificationTime,
  dataChange,
  stats: JSON.stringify(file.stats),
  tags: { [SEALS]: JSON.stringify(file.seals) },
});

const known = new WeakMap<Add, TableFile>();

/** The file of an `add`; parsed once, for tables may have very many. */
export function fileOf(add: Add): TableFile {
  const found = known.get(add);
  if (found !== undefined) return found;
  const stats = JSON.parse(add.stats) as FileStats;
  const seals = JSON.parse(add.tags?.[SEALS] ?? '{}') as Readonly<Record<string, number>>;
  const file = { path: add.path, bytes: add.size, rows: stats.numRecords, seals, stats };
  known.set(add, file);
  return file;
}

/** The files of a table's state. */
export const filesOf = (state: { readonly files: ReadonlyMap<string, Add> }): readonly TableFile[] =>
  [...state.files.values()].map(fileOf);

/** First and last event day of a file. */
export const daysOf = ({ stats }: Pick<TableFile, 'stats'>): { readonly first: string; readonly last: string } => ({
  first: stats.minValues['event_date'] ?? '',
  last: stats.maxValues['event_date'] ?? '9999-12-31',
});

/** True where a file may hold rows of a day between two, inclusive. */
export function mayHoldDays(file: Pick<TableFile, 'stats'>, from: string, to: string): boolean {
  const { first, last } = daysOf(file);
  return first <= to && last >= from;
}

/** The files that may hold rows of one of these days; `days` in order. */
export function filesWithDays(files: readonly TableFile[], days: readonly string[]): readonly TableFile[] {
  return files.filter((file) => {
    const { first, last } = daysOf(file);
    return anyBetween(days, first, last);
  });
}

/** Rows that some seals have in a file. */
export function rowsOfSeals({ seals }: Pick<TableFile, 'seals'>, asked: ReadonlySet<string>): number {
  let rows = 0;
  for (const [seal, n] of Object.entries(seals)) if (asked.has(seal)) rows += n;
  return rows;
}
