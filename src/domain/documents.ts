/** Documents: the MongoDB projection of a table, its guard and its validator (DESIGN of the projection: docs/data-model.md). */
import { BASE_COLUMNS, type Cell, type Column, EVENT_DATE, LINEAGE_COLUMNS, type Table } from './contracts/contract.ts';

/** What orders the states of a document. `commit` is the ledger version that wrote it, `floor` the one below which it ignores rows. */
export interface DocumentState {
  readonly floor: number;
  readonly version: string;
  readonly commit: number;
  /** No row of the entity is left: the document is a tombstone, which readers do not see. */
  readonly gone?: boolean;
}

/** The version of a tombstone: below every row's. */
export const NO_VERSION = '';

/** `desk_interactions_current`: the view of a collection without its tombstones; what people and tools read. */
export const currentView = (table: Pick<Table, 'name'>): string => `${table.name}_current`;

/** A row to be loaded: its entity, its version, and its columns by name. */
export interface DocumentRow {
  readonly entity: string;
  readonly version: string;
  readonly columns: Readonly<Record<string, unknown>>;
}

/** What a ledger entry that replaced rows leaves of some entities: the highest row there is, or nothing. */
export interface Replacement {
  readonly rows: readonly DocumentRow[];
  /** Entities of which no row is left. */
  readonly gone: readonly string[];
}

/** A document that no rebuild or erasure has touched ignores nothing. */
export const NO_FLOOR = -1;

/** True when a row of ledger version `commit` may replace `state`: commit > floor and (version, commit) grows (I6). */
export function supersedes(incoming: Pick<DocumentState, 'version' | 'commit'>, state: DocumentState): boolean {
  if (incoming.commit <= state.floor) return false;
  return incoming.version > state.version || (incoming.version === state.version && incoming.commit > state.commit);
}

/** True when a document already stands at or past a row: nothing of the row is missing from it. */
export const isAtOrPast = (state: DocumentState, row: Pick<DocumentState, 'version' | 'commit'>): boolean =>
  !supersedes(row, state);

/** The columns that documents of a table hold, each under its `document` name; the collection has the table's name. */
export function documentColumns(table: Table): readonly (Column & { readonly document: string })[] {
  const all = [...BASE_COLUMNS, EVENT_DATE, ...table.columns, ...LINEAGE_COLUMNS];
  return all.filter(
    (column): column is Column & { document: string } => column.document !== undefined && column.document !== 'version',
  );
}

const BSON = { text: 'string', int32: 'int', int64: 'long', bool: 'bool', timestamp: 'date', date: 'string' } as const;

function property(column: Column): Readonly<Record<string, unknown>> {
  const described = { description: column.doc };
  if (column.type === 'text[]') return { ...described, bsonType: ['array', 'null'], items: { bsonType: 'string' } };
  if (column.type === 'issue[]')
    return { ...described, bsonType: 'array', items: { bsonType: 'object', required: ['field', 'code'] } };
  const range = {
    ...(column.min === undefined ? {} : { minimum: column.min }),
    ...(column.max === undefined ? {} : { maximum: column.max }),
  };
  const values: readonly Cell[] | undefined = column.values;
  return values === undefined
    ? { ...described, bsonType: [BSON[column.type], 'null'], ...range }
    : { ...described, enum: [...values, null] };
}

/** The collection's `$jsonSchema`, from the contract. */
export function documentSchema(table: Table): Readonly<Record<string, unknown>> {
  return {
    bsonType: 'object',
    required: ['_id', 'version', 'commit', 'floor'],
    properties: {
      _id: { bsonType: 'string', description: 'the entity' },
      version: { bsonType: 'string', description: 'orders the states of the entity' },
      commit: { bsonType: ['int', 'long'], description: 'ledger version that wrote this state' },
      floor: { bsonType: ['int', 'long'], description: 'rows of this ledger version or before are ignored' },
      gone: { bsonType: 'bool', description: 'true: no row is left; the view of current documents leaves it out' },
      goneAt: { bsonType: 'date', description: 'when the last row was dropped' },
      ...Object.fromEntries(documentColumns(table).map((column) => [column.document, property(column)])),
    },
  };
}
