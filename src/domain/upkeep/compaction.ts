/** Which files of a table become one: the rows stay the same, there are fewer places to look. */

/** A live file of a table as its log lists it. */
export interface FileToCompact {
  readonly path: string;
  readonly eventDate: string;
  readonly bytes: number;
  /** False for a file by which an entry of the ledger is still to be proved: it stays as it is until then. */
  readonly isProved: boolean;
}

/** `current`: the newest event date, whose files keep coming. `closed`: every older one. `all`: every date, as if it were closed. */
export type Scope = 'current' | 'closed' | 'all';

/** The size a file should have; one of half of it or more is left alone. */
export const TARGET_BYTES = 128 * 1_048_576;
/** Files that one call reads. */
const FILES_AT_ONCE = 500;
const FEWEST_OF_CLOSED = 2;
const FEWEST_OF_CURRENT = 4;

/** The newest event date is the current one: told by the files, not by a clock. */
const currentDay = (files: readonly FileToCompact[]): string | undefined =>
  files
    .map(({ eventDate }) => eventDate)
    .reduce<string | undefined>((a, b) => (a !== undefined && a > b ? a : b), undefined);

/**
 * The groups of files that are to become one file each, by event date; every group is of one date and about TARGET_BYTES at most.
 * A closed day ends as one file, or as large ones. In the scope `current` a file is taken only when the smaller ones together are as
 * large, so a row is rewritten once per doubling, however often this is asked.
 */
export function planCompaction(files: readonly FileToCompact[], scope: Scope): readonly (readonly FileToCompact[])[] {
  const current = currentDay(files);
  const byDay = new Map<string, FileToCompact[]>();
  for (const file of files) byDay.set(file.eventDate, [...(byDay.get(file.eventDate) ?? []), file]);
  return [...byDay]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([day]) => scope === 'all' || (scope === 'current') === (day === current))
    .flatMap(([, ofDay]) =>
      scope === 'current' ? groupsOf(ripe(small(ofDay)), FEWEST_OF_CURRENT) : groupsOf(small(ofDay), FEWEST_OF_CLOSED),
    );
}

const small = (files: readonly FileToCompact[]): readonly FileToCompact[] =>
  files
    .filter(({ bytes, isProved }) => isProved && bytes < TARGET_BYTES / 2)
    .sort((a, b) => a.bytes - b.bytes || (a.path < b.path ? -1 : 1));

/** Of files in order of size, those before the first that outweighs all smaller ones. */
function ripe(files: readonly FileToCompact[]): readonly FileToCompact[] {
  let sum = 0;
  const end = files.findIndex(({ bytes }, i) => {
    const outweighs = i > 0 && bytes > sum;
    sum += bytes;
    return outweighs;
  });
  return end < 0 ? files : files.slice(0, end);
}

function groupsOf(files: readonly FileToCompact[], fewest: number): readonly (readonly FileToCompact[])[] {
  const groups: FileToCompact[][] = [];
  let room = 0;
  for (const file of files) {
    let group = groups.at(-1);
    if (group === undefined || file.bytes > room || group.length === FILES_AT_ONCE) {
      group = [];
      groups.push(group);
      room = TARGET_BYTES;
    }
    group.push(file);
    room -= file.bytes;
  }
  return groups.filter((group) => group.length >= fewest);
}
