/** Documents: the projection of a table into a document store, and its guard (what they hold: docs/data-model.md). */
import { type Column, type Table, tableColumns } from '../sources/contract.ts';

/**
 * What a document says of itself. It is a function of its table at ledger version `at`: the current row of its entity there, or a
 * tombstone where no row is left. `at` never decreases (I6).
 */
export interface DocumentState {
  readonly at: number;
  /** Of the row; empty for a tombstone. */
  readonly version: string;
  /** No row of the entity is left. */
  readonly gone?: boolean;
  /** The database refuses the row's document for good: this stub stands in its place, and is counted. */
  readonly refused?: Refusal;
}

export type Refusal = 'too_large' | 'invalid';

/** The version of a tombstone: below every row's. */
export const NO_VERSION = '';

/** `desk_interactions_current`: the view of a collection without tombstones and stubs; what people and tools read. */
export const currentView = (table: Pick<Table, 'name'>): string => `${table.name}_current`;

/** A row to be loaded: its entity, its version, and its columns by name. */
export interface DocumentRow {
  readonly entity: string;
  readonly version: string;
  readonly columns: Readonly<Record<string, unknown>>;
}

/** What some entities are at one ledger version: the highest row there is, or nothing. */
export interface Current {
  readonly rows: readonly DocumentRow[];
  /** Entities of which no row is left. */
  readonly gone: readonly string[];
}

/** The columns that documents of a table hold, each under its `document` name; the collection has the table's name. */
export function documentColumns(table: Table): readonly (Column & { readonly document: string })[] {
  return tableColumns(table).filter(
    (column): column is Column & { document: string } => column.document !== undefined && column.document !== 'version',
  );
}
