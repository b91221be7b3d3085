/** Documents as they are stored, of whatever product: what rows, and entities without any, become. */
import {
  type Current,
  type DocumentRow,
  type DocumentState,
  NO_VERSION,
  documentColumns,
} from '../../domain/formats/documents.ts';
import type { ColumnType, Table } from '../../domain/sources/contract.ts';

export interface Stored extends DocumentState {
  readonly _id: string;
  readonly [field: string]: unknown;
}

/** The documents that some entities have at a ledger version. */
export const storedOf = (
  table: Table,
  at: number,
  { rows, gone, now }: Current & { readonly now: number },
): readonly Stored[] => [
  ...rows.map((row) => documentOf(table, row, at)),
  ...gone.map((entity) => ({ _id: entity, at, version: NO_VERSION, gone: true, goneAt: new Date(now) })),
];

function documentOf(table: Table, { entity, version, columns }: DocumentRow, at: number): Stored {
  const document: Record<string, unknown> & Stored = { _id: entity, version, at };
  for (const column of documentColumns(table))
    document[column.document] = valueOf(column.type, columns[column.name] ?? null);
  return document;
}

function valueOf(type: ColumnType, value: unknown): unknown {
  if (type === 'timestamp' && typeof value === 'number') return new Date(value);
  return type === 'int64' && (typeof value === 'number' || typeof value === 'string') ? BigInt(value) : value;
}
