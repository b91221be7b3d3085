/** What may be deleted. Whatever no rule names stays. */
import { parseTableFile } from '../layout.ts';

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
  /** Dropped by a commit that is younger than KEEP_MS. */
  readonly isFreshlyDropped: (path: string) => boolean;
  /** The ledger entry that holds this revision of a seal or a later one; undefined: none yet. */
  readonly publishedAs: (seal: string, revision: number) => number | undefined;
  /** The ledger version that tables, documents, reports and verification have all passed. */
  readonly passed: number;
  /** The ledger version up to which entries were applied to the table more than KEEP_MS ago. */
  readonly appliedThen: number;
}

/**
 * `dead`: may be deleted. `live`, `young`, `dropped` (not long enough ago) stay for now; `pending` is of a run that is not published;
 * `awaited` waits for a projection that lags behind; `unknown` was not written by chatlake, or by a later version.
 */
export type Fate = 'dead' | 'live' | 'young' | 'dropped' | 'pending' | 'awaited' | 'unknown';

/** What becomes of a file that lies in a table's folder. */
export function fateOf(file: StoredFile, facts: TableFacts): Fate {
  if (facts.isLive(file.path)) return 'live';
  const name = parseTableFile(file.path);
  if (name === undefined) return 'unknown';
  if (facts.now - file.modifiedMs < KEEP_MS) return 'young';
  if (facts.isFreshlyDropped(file.path)) return 'dropped';
  if (name.kind !== 'compact') {
    const published = facts.publishedAs(name.seal, name.revision);
    if (published === undefined) return 'pending';
    if (published > facts.passed) return 'awaited';
  }
  return facts.appliedThen > facts.passed ? 'awaited' : 'dead';
}
