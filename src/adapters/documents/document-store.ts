/** The port of the document store: a projection that may be brought forward late or twice, by anyone. */
import type { Table } from '../../domain/sources/contract.ts';
import type { Current, DocumentState } from '../../domain/formats/documents.ts';
import type { Source } from '../../domain/formats/layout.ts';

export interface WriteCounts {
  readonly inserted: number;
  readonly updated: number;
  /** What changed nothing: the document stands at this ledger version or beyond. */
  readonly unchanged: number;
  /** Rows that the database refuses for good; a stub stands for each. */
  readonly refused: number;
}

/** A stub: a row that cannot be a document, and why. */
export interface RefusedDocument {
  readonly entity: string;
  readonly at: number;
  readonly why: string;
}

export interface DocumentStore {
  /** What it is, for sentences: `MongoDB`. */
  readonly name: string;
  /** Makes collection, validator, indexes and the view of current documents as the table's description says; asks the server once per description. */
  ensure(table: Table): Promise<void>;
  /** The last ledger version of which every decision is loaded; −1 before the first. */
  applied(source: Source): Promise<number>;
  /**
   * Records that every decision up to `version` is loaded by one who began at `from`. Never goes back; nothing is recorded where less
   * than `from` is loaded by now, for then the documents were lost in between and have to be loaded from the start.
   */
  advance(source: Source, from: number, version: number): Promise<void>;
  /**
   * Writes what entities are at ledger version `at`, where their documents stand below it. A repetition changes nothing, an older
   * version never wins. `now`: milliseconds since the epoch, for tombstones.
   */
  write(table: Table, at: number, current: Current & { readonly now: number }): Promise<WriteCounts>;
  /** Removes the tombstones made before this instant (milliseconds since the epoch); answers how many. */
  purge(table: Table, before: number): Promise<number>;
  /** The states of these entities' documents, tombstones and stubs too; one that is missing is left out. */
  states(table: Table, entities: readonly string[]): Promise<ReadonlyMap<string, DocumentState>>;
  /** Documents, without tombstones and stubs. */
  count(table: Table): Promise<number>;
  /** How many stubs there are, and the first of them. */
  refused(table: Table): Promise<{ readonly count: number; readonly first: readonly RefusedDocument[] }>;
  /** One document as stored, or undefined; a tombstone is none. */
  find(table: Table, entity: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** The last ledger version whose reports are in; −1 before the first. */
  reportsApplied(name: string): Promise<number>;
  /**
   * Keeps the reports of some days, each unless one of a later ledger version is there, and records that this version's are in, by the
   * rule of `advance`.
   */
  putReports(name: string, from: number, ledgerVersion: number, days: Readonly<Record<string, object>>): Promise<void>;
}
