/** Where the rows of decisions lie now: in the files their runs wrote, or in files that were made of many. */
import type { Add, DeltaState } from '../domain/delta.ts';
import { parseTableFile, tableRoot } from '../domain/layout.ts';
import type { Manifest } from '../domain/ledger.ts';
import { filesOf } from './ledger-view.ts';
import type { Ports } from './ports.ts';

export interface LiveFile {
  readonly path: string;
  readonly eventDate: string;
  /** Rows of these decisions and no others. */
  readonly isOwn: boolean;
}

export const eventDateOf = (file: Pick<Add, 'partitionValues'>): string => file.partitionValues['event_date'] ?? '';

/**
 * The live files of a table that may hold rows of these decisions: their own, and on days where one of those is no longer live, every
 * file that no single run wrote.
 */
export function liveFilesOf(state: DeltaState, manifests: readonly Manifest[], table: string): readonly LiveFile[] {
  const own = new Set<string>();
  const moved = new Set<string>();
  for (const { path, eventDate } of manifests.flatMap((manifest) => filesOf(manifest, table)))
    if (state.files.has(path)) own.add(path);
    else moved.add(eventDate);
  return [...state.files.values()]
    .map((file) => ({ path: file.path, eventDate: eventDateOf(file), isOwn: own.has(file.path) }))
    .filter(({ path, eventDate, isOwn }) => isOwn || (moved.has(eventDate) && parseTableFile(path)?.kind !== 'run'));
}

/** The live files of some event days. */
export function liveFilesOn(state: DeltaState, days: ReadonlySet<string>): readonly Omit<LiveFile, 'isOwn'>[] {
  const files = [...state.files.values()].map((file) => ({ path: file.path, eventDate: eventDateOf(file) }));
  return files.filter(({ eventDate }) => days.has(eventDate));
}

/** Local copies of a table's files, by path. */
export async function fetchFiles(
  ports: Pick<Ports, 'cache'>,
  table: string,
  files: readonly { readonly path: string }[],
  scratch: string,
): Promise<readonly string[]> {
  return Promise.all(
    files.map(({ path }) => ports.cache.fetch(`${tableRoot(table)}${path}`, scratch, 'a live file of a table')),
  );
}

/** A text as an SQL literal. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** `('a', 'b')`: texts for IN; for none, one that no row has. */
export const inList = (texts: readonly string[]): string =>
  `(${(texts.length === 0 ? [''] : texts).map(quoted).join(', ')})`;

/** A relation (path, event_date) of local copies: the files themselves do not hold their partition. */
export const daysSql = (paths: readonly string[], files: readonly { readonly eventDate: string }[]): string =>
  `(VALUES ${paths.map((path, i) => `(${quoted(path)}, DATE ${quoted(files[i]?.eventDate ?? '')})`).join(', ')}) AS days(path, event_date)`;
