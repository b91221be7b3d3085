/** What may be deleted. Whatever no rule names stays. */
import { isTableFile } from '../formats/layout.ts';

/** Files younger than this, or dropped less long ago, stay: runs in flight and readers of an older state may still want them. */
export const KEEP_MS = 72 * 3_600_000;

/** An object as the store lists it; `path` is below the table's root. */
export interface StoredFile {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

export interface TableFacts {
  /** Milliseconds since the epoch, by the clock of this machine. */
  readonly now: number;
  readonly isLive: (path: string) => boolean;
  /** Dropped less than KEEP_MS ago, or by a commit that some projection has not passed. */
  readonly isWanted: (path: string) => boolean;
  /** Named by a decision that the table has not applied yet. */
  readonly isAwaited: (path: string) => boolean;
}

/**
 * `dead`: may be deleted. `live`, `young`, `dropped` (not long enough ago) stay for now; `awaited` is of a decision that the table has
 * still to take in; `unknown` was not written by chatlake, or by a later version. What a run left that was never published is dead once
 * it is old: `publish` takes no file of more than a day.
 */
export type Fate = 'dead' | 'live' | 'young' | 'dropped' | 'awaited' | 'unknown';

/** What becomes of a file that lies in a table's folder. */
export function fateOf(file: StoredFile, facts: TableFacts): Fate {
  if (facts.isLive(file.path)) return 'live';
  if (!isTableFile(file.path)) return 'unknown';
  if (facts.now - file.modifiedMs < KEEP_MS) return 'young';
  if (facts.isAwaited(file.path)) return 'awaited';
  return facts.isWanted(file.path) ? 'dropped' : 'dead';
}
