/** What the checks of tables, documents and reports are handed. */
import type { Table } from '../../domain/sources/contract.ts';
import type { DeltaState } from '../../domain/formats/delta.ts';
import type { Expected } from './claims.ts';

/** What the projections say before the ledger is read: in a sound lake they are never ahead of it. */
export interface Projections {
  /** By table; one that cannot be opened is missing. */
  readonly states: ReadonlyMap<string, DeltaState>;
  /** The ledger entry up to which documents are loaded. */
  readonly loaded: number;
}

export interface TablesInput extends Projections {
  /** The ledger's newest entry, and the newest that decided something: what merges files, nobody has to apply. */
  readonly head: number;
  readonly lastDecision: number;
  readonly expected: Expected;
  /** Slim rows of the judged lines. */
  readonly parts: readonly string[];
  /** The entry whose verdicts of a seal count today. */
  readonly entryOf: ReadonlyMap<string, number>;
}

/** Slim rows of a table's live files, as far as it has applied the ledger. */
export interface LiveRows {
  readonly table: Table;
  readonly live: readonly string[];
  readonly applied: number;
  readonly scratch: string;
}
