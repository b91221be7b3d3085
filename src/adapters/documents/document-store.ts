/** The port of the document store: a projection that may be brought forward late or twice, by anyone. */
import type { Table } from '../../domain/contracts/contract.ts';
import type { DocumentRow, DocumentState, Replacement } from '../../domain/documents.ts';
import type { Source } from '../../domain/layout.ts';

export interface LoadCounts {
  readonly inserted: number;
  readonly updated: number;
  /** Rows that changed nothing: loaded before, or older than what is there. */
  readonly unchanged: number;
}

export interface DocumentStore {
  /** Makes collection, validator, indexes and the view of current documents as the contract says of one table; safe to repeat. */
  ensure(table: Table): Promise<void>;
  /** The last ledger version of which every row is loaded; −1 before the first. */
  applied(source: Source): Promise<number>;
  /** Records that a whole entry is loaded. Never goes back. */
  advance(source: Source, version: number): Promise<void>;
  /** Loads rows of ledger version `commit`; an older version never wins, a repetition changes nothing. */
  load(table: Table, commit: number, rows: readonly DocumentRow[]): Promise<LoadCounts>;
  /**
   * What ledger version `commit` leaves of entities whose rows it replaced: documents become exactly this, with `commit` as their floor,
   * unless they stand at this floor or a later one. `at`: milliseconds since the epoch, for tombstones.
   */
  replace(table: Table, commit: number, left: Replacement & { readonly at: number }): Promise<LoadCounts>;
  /** Removes the tombstones made before this instant (milliseconds since the epoch); answers how many. */
  purge(table: Table, before: number): Promise<number>;
  /** The states of these entities' documents, tombstones too; one that is missing is left out. */
  states(table: Table, entities: readonly string[]): Promise<ReadonlyMap<string, DocumentState>>;
  /** Documents, without tombstones. */
  count(table: Table): Promise<number>;
  /** One document as stored, or undefined; a tombstone is none. */
  find(table: Table, entity: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** Keeps a report under its name and day, unless one of a later ledger version is there. */
  putReport(name: string, day: string, ledgerVersion: number, report: Readonly<Record<string, unknown>>): Promise<void>;
}
