/** Which files become fewer, of the ledger and of tables: readers look at every file whose range overlaps, so there should be few, each of a narrow range. */
import type { Add } from '../formats/delta.ts';
import { invariant } from '../errors.ts';

/** A live file with the range of the values that it is sorted by. */
export interface RangedFile {
  readonly path: string;
  readonly rows: number;
  readonly min: string;
  readonly max: string;
}

/** Files of one size that are merged: a row is rewritten once per size, and sizes grow by this factor. */
export const FANOUT = 8;
/** Rows of a file that is large enough; half as many are: some 15 MB of the ledger, 50 MB of a table. */
export const FULL_ROWS = { ledger: 500_000, table: 1_000_000 } as const;
const FILES_AT_ONCE = 256;

/** Reads what a file's statistics say; chatlake writes them into every ledger entry. */
export function claimFile({ path, stats }: Pick<Add, 'path' | 'stats'>): RangedFile {
  const { numRecords, minValues, maxValues } = JSON.parse(stats) as {
    numRecords: number;
    minValues: { claim_key: string };
    maxValues: { claim_key: string };
  };
  invariant(Number.isSafeInteger(numRecords), `the statistics of ledger file ${path} do not count its rows`);
  return { path, rows: numRecords, min: minValues.claim_key, max: maxValues.claim_key };
}

/** The size class of a file: its rows' logarithm, in whole numbers. */
function sizeOf(rows: number): number {
  let size = 0;
  for (let left = rows; left >= FANOUT; left = Math.floor(left / FANOUT)) size += 1;
  return size;
}

/**
 * The next files to merge: the smallest of which there are enough, neighbours by their ranges. Undefined: nothing to do. Files that are
 * large enough are never rewritten, so a row is rewritten about log(fullRows) times to the base FANOUT.
 */
export function planMerge(files: readonly RangedFile[], fullRows: number): readonly RangedFile[] | undefined {
  const sizes = new Map<number, RangedFile[]>();
  for (const file of files) {
    if (file.rows >= fullRows / 2) continue;
    const size = sizeOf(file.rows);
    sizes.set(size, [...(sizes.get(size) ?? []), file]);
  }
  const ripe = [...sizes].filter(([, group]) => group.length >= FANOUT).sort(([a], [b]) => a - b)[0]?.[1];
  if (ripe === undefined) return undefined;
  ripe.sort((a, b) => (a.min === b.min ? (a.path < b.path ? -1 : 1) : a.min < b.min ? -1 : 1));
  const group: RangedFile[] = [];
  let rows = 0;
  for (const file of ripe.slice(0, FILES_AT_ONCE)) {
    // Room for as many of the largest files that are merged.
    if (rows + file.rows > (FANOUT * fullRows) / 2) break;
    rows += file.rows;
    group.push(file);
  }
  return group;
}

/** Rows after which a merged file is split: parts of one size, none of them small. */
export const rowsPerPart = (rows: number, fullRows: number): number =>
  Math.max(1, Math.ceil(rows / Math.ceil(rows / fullRows)));
