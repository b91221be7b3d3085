/** The staged decision of one run, between dedupe, compress and publish. */
import type { CodeVersion } from '../domain/code.ts';
import type { Counts, Reason } from '../domain/counts.ts';
import type { ManifestFile } from '../domain/ledger.ts';

export interface DecidedRun {
  /** What the run is called by: the seal, or the last of several. */
  readonly seal: string;
  readonly seals: readonly string[];
  readonly revision: number;
  readonly base: number;
  readonly code: CodeVersion;
  readonly counts: Counts;
  readonly reasons: Partial<Record<Reason, number>>;
  readonly claimKeys: { readonly min: string; readonly max: string };
  readonly ledgerFile: Omit<ManifestFile, 'eventDate'>;
  /** Rows that enriched messages give to each table. */
  readonly tables: Readonly<Record<string, number>>;
  readonly dateLists: readonly (readonly string[])[];
}
