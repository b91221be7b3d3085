/** Staged Parquet: one row per received line, good or bad, between `cleanse` and `compress`. Plain types only, the same for both engines. */
import { type Column, type ColumnType, type Contract, ruledColumns } from '../sources/contract.ts';

/** A staged column: timestamps are milliseconds since the epoch (int64), dates are text. */
export interface StagedColumn {
  readonly name: string;
  readonly type: Exclude<ColumnType, 'timestamp' | 'date'>;
}

/** What every staged row starts with: where the line is, who it is, and what became of it. */
export const STAGED_BASE: readonly StagedColumn[] = [
  { name: 'raw_key', type: 'text' },
  { name: 'line', type: 'int32' },
  { name: 'received_at', type: 'int64' },
  { name: 'transport_id', type: 'text' },
  { name: 'identity_hash', type: 'text' },
  { name: 'claim_key', type: 'text' },
  { name: 'reason', type: 'text' },
  { name: 'field', type: 'text' },
  // What the row stands for; null: the message itself, so the identity hash.
  { name: 'entity', type: 'text' },
  { name: 'version', type: 'text' },
  { name: 'event_date', type: 'text' },
  // Names of the tables that get a row, comma separated, in the contract's order.
  { name: 'tables', type: 'text' },
];

/** A contract's column as it is staged. */
export function stagedType(column: Column): StagedColumn['type'] {
  if (column.type === 'timestamp') return 'int64';
  return column.type === 'date' ? 'text' : column.type;
}

/** All columns of a contract's staged files, in order. */
export function stagedColumns(contract: Contract): readonly StagedColumn[] {
  const ruled = ruledColumns(contract).map((column) => ({ name: column.name, type: stagedType(column) }));
  return [...STAGED_BASE, ...ruled, { name: 'issues', type: 'issue[]' }];
}
