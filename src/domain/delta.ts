/** The Delta log's actions (Delta Transaction Log Protocol, reader version 1, writer version 2) and the state they add up to. */
import type { Column } from './contracts/contract.ts';
import { invariant } from './errors.ts';

export interface Add {
  readonly path: string;
  readonly partitionValues: Readonly<Record<string, string>>;
  readonly size: number;
  readonly modificationTime: number;
  readonly dataChange: boolean;
  readonly stats: string;
}

export type DeltaAction =
  | { readonly commitInfo: { readonly timestamp: number; readonly operation: string; readonly chatlake?: unknown } }
  | { readonly protocol: { readonly minReaderVersion: number; readonly minWriterVersion: number } }
  | { readonly metaData: DeltaMetadata }
  | { readonly txn: { readonly appId: string; readonly version: number } }
  | { readonly add: Add }
  | { readonly remove: { readonly path: string; readonly deletionTimestamp: number; readonly dataChange: boolean } };

export interface DeltaMetadata {
  readonly id: string;
  readonly name: string;
  readonly format: { readonly provider: 'parquet'; readonly options: Readonly<Record<string, string>> };
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
}

/** One log entry as stored, with the SHA-256 of its bytes. */
export interface DeltaEntry {
  readonly version: number;
  readonly sha256: string;
  readonly actions: readonly DeltaAction[];
}

/** What a table is at one version. `version` is −1 and `headSha256` null before the first entry. */
export interface DeltaState {
  readonly version: number;
  readonly headSha256: string | null;
  readonly files: ReadonlyMap<string, Add>;
  readonly transactions: ReadonlyMap<string, number>;
}

export const EMPTY_STATE: DeltaState = { version: -1, headSha256: null, files: new Map(), transactions: new Map() };

/** `_delta_log/00000000000000000007.json` */
export const logName = (version: number): string => `_delta_log/${version.toString().padStart(20, '0')}.json`;

/** The version in a log entry's key, or undefined for anything else that lies there (checkpoints, hints). */
export function logVersion(key: string): number | undefined {
  const match = /\/_delta_log\/(\d{20})\.json$/.exec(key);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** The bytes of a log entry: one action per line. */
export const encodeActions = (actions: readonly DeltaAction[]): Uint8Array =>
  new TextEncoder().encode(actions.map((action) => `${JSON.stringify(action)}\n`).join(''));

/** The actions of a log entry's bytes. */
export function decodeActions(bytes: Uint8Array): readonly DeltaAction[] {
  const lines = new TextDecoder().decode(bytes).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as DeltaAction);
}

/** The states that follow from applying entries in order; they must continue where `state` ends (I3). */
export function applyEntries(state: DeltaState, entries: readonly DeltaEntry[]): DeltaState {
  if (entries.length === 0) return state;
  const files = new Map(state.files);
  const transactions = new Map(state.transactions);
  let { version, headSha256 } = state;
  for (const entry of entries) {
    invariant(entry.version === version + 1, `the log jumps from entry ${version} to ${entry.version}`);
    for (const action of entry.actions) {
      if ('add' in action) files.set(action.add.path, action.add);
      else if ('remove' in action) files.delete(action.remove.path);
      else if ('txn' in action) transactions.set(action.txn.appId, action.txn.version);
    }
    ({ version, sha256: headSha256 } = entry);
  }
  return { version, headSha256, files, transactions };
}

const PRIMITIVES = {
  text: 'string',
  int32: 'integer',
  int64: 'long',
  bool: 'boolean',
  timestamp: 'timestamp',
  date: 'date',
} as const;

const structField = (name: string, type: unknown, comment?: string) => ({
  name,
  type,
  nullable: true,
  metadata: comment === undefined ? {} : { comment },
});

function deltaType(type: Column['type']): unknown {
  if (type === 'text[]') return { type: 'array', elementType: 'string', containsNull: true };
  if (type !== 'issue[]') return PRIMITIVES[type];
  const fields = ['field', 'code', 'original'].map((name) => structField(name, 'string'));
  return { type: 'array', elementType: { type: 'struct', fields }, containsNull: true };
}

/** The protocol and metaData that start a table with these columns; column docs become comments. */
export function deltaSchema(
  id: string,
  name: string,
  columns: readonly Column[],
  partitionColumns: readonly string[],
): readonly DeltaAction[] {
  const fields = columns.map((column) => structField(column.name, deltaType(column.type), column.doc));
  return [
    { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
    {
      metaData: {
        id,
        name,
        format: { provider: 'parquet', options: {} },
        schemaString: JSON.stringify({ type: 'struct', fields }),
        partitionColumns,
        configuration: {},
      },
    },
  ];
}
