/** What `explain` says of one received line: every station of its walk, as far as it came. */
import type { Counts, Reason } from '../../domain/counts.ts';
import type { Text } from '../../domain/text.ts';
import type { DocumentState } from '../../domain/formats/documents.ts';
import type { Window } from '../../domain/window.ts';

export interface Explained {
  readonly id: string;
  readonly lines: readonly LineFacts[];
  /** What was not looked at, one sentence each. */
  readonly notes: readonly Text[];
}

export type Station = 'unsealed' | 'sealed' | 'published' | 'done';

export interface LineFacts {
  readonly source: string;
  readonly place: string;
  /** How far it came. */
  readonly station: Station;
  /** What will happen to it next, or why nothing will. */
  readonly next: Text;
  readonly receipt: {
    readonly at: string | null;
    readonly window: Window;
    readonly transportId: string | null;
    /** True when the object is there, has its SHA-256 and holds the line. */
    readonly readable: boolean;
    readonly objectLines: number;
    readonly bodyBytes: number | null;
    /** Only where it was asked for: bodies are people's data. */
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  readonly seal: { readonly name: string; readonly generation: number; readonly lines: number } | null;
  /** Every judgement, the first one first; the last one counts. */
  readonly revisions: readonly Judgement[];
  /** For a duplicate: the line that holds the claim. */
  readonly claim: { readonly place: string; readonly at: string | null } | null;
  readonly rows: readonly RowFacts[];
  readonly documents: readonly DocumentFacts[];
  readonly reports: readonly { readonly name: string; readonly day: string; readonly ledgerVersion: number }[];
}

export interface Judgement {
  readonly revision: number;
  readonly ledgerVersion: number;
  readonly verdict: 'enriched' | 'duplicate' | 'quarantined';
  readonly reason: Reason | null;
  /** What the reason means. */
  readonly meaning: Text | null;
  readonly field: string | null;
  readonly identity: string;
  readonly entity: string | null;
  readonly eventDate: string | null;
  readonly tables: readonly string[];
  readonly code: string;
  /** Of the whole entry. */
  readonly counts: Counts;
}

export interface RowFacts {
  readonly table: string;
  readonly eventDate: string;
  /** Key of the live file that holds the row; null: none does yet. */
  readonly file: string | null;
  readonly rowGroup: number | null;
  readonly version: string | null;
  /** False where a later version of the entity is current. */
  readonly current: boolean;
  readonly issues: readonly { readonly field: string; readonly code: string }[];
}

export interface DocumentFacts {
  readonly collection: string;
  readonly id: string;
  readonly state: DocumentState | null;
  /** Whether the document holds this line, a later version of its entity, or nothing yet. */
  readonly holds: 'this' | 'later' | 'not yet';
}
