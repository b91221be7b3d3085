/** The Delta log's actions (Delta Transaction Log Protocol, reader version 1, writer version 2) and the state they add up to. */
import { invariant } from '../errors.ts';
import { changedMap } from '../layered-map.ts';

export interface Add {
  readonly path: string;
  readonly partitionValues: Readonly<Record<string, string>>;
  readonly size: number;
  readonly modificationTime: number;
  readonly dataChange: boolean;
  readonly stats: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface Remove {
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly deletionTimestamp: number;
  readonly dataChange: boolean;
}

interface Protocol {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
}

/** Who wrote an entry and what for, as DESCRIBE HISTORY shows it; `chatlake` is what only we read. */
export interface CommitInfo {
  readonly timestamp: number;
  readonly operation: 'WRITE' | 'OPTIMIZE';
  /** Texts, as other writers give them. */
  readonly operationParameters: Readonly<Record<string, string>>;
  readonly engineInfo: string;
  readonly chatlake: unknown;
}

/** An entry's first action, by a version of chatlake; its fields are always in this order. */
export const commitInfo = (
  version: string,
  { timestamp, operation, operationParameters, chatlake }: Omit<CommitInfo, 'engineInfo'>,
): DeltaAction => ({
  commitInfo: { timestamp, operation, operationParameters, engineInfo: `chatlake/${version}`, chatlake },
});

export type DeltaAction =
  | { readonly commitInfo: CommitInfo }
  | { readonly protocol: Protocol }
  | { readonly metaData: DeltaMetadata }
  | { readonly txn: { readonly appId: string; readonly version: number } }
  | { readonly add: Add }
  | { readonly remove: Remove };

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

/**
 * What a table is at one version. `version` is −1 before the first entry; `headSha256` is null then, and where the state was read from
 * a checkpoint, which does not tell it.
 */
export interface DeltaState {
  readonly version: number;
  readonly headSha256: string | null;
  readonly files: ReadonlyMap<string, Add>;
  /** The newest of them: an application that has not written for so long is forgotten, as Delta allows. */
  readonly transactions: ReadonlyMap<string, number>;
  /** Files that entries took out of the table lately, by their paths: what a checkpoint tells, and a day more. */
  readonly tombstones: ReadonlyMap<string, Remove>;
  /** Absent before the first entry. */
  readonly protocol?: Protocol;
  readonly metaData?: DeltaMetadata;
}

export const EMPTY_STATE: DeltaState = {
  version: -1,
  headSha256: null,
  files: new Map(),
  transactions: new Map(),
  tombstones: new Map(),
};

/** `_delta_log/00000000000000000007.json` */
export const logName = (version: number): string => `_delta_log/${version.toString().padStart(20, '0')}.json`;

/** The version in a log entry's key, or undefined for anything else that lies there (checkpoints, hints). */
export function logVersion(key: string): number | undefined {
  const match = /\/_delta_log\/(\d{20})\.json$/.exec(key);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** `_delta_log/00000000000000000100.checkpoint.parquet` */
export const checkpointName = (version: number): string =>
  `_delta_log/${version.toString().padStart(20, '0')}.checkpoint.parquet`;

/** The version in a checkpoint's key, or undefined. */
export function checkpointVersion(key: string): number | undefined {
  const match = /\/_delta_log\/(\d{20})\.checkpoint\.parquet$/.exec(key);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** Names the newest checkpoint; a hint that may be behind. */
export const LAST_CHECKPOINT = '_delta_log/_last_checkpoint';

/** The bytes of a log entry: one action per line. */
export const encodeActions = (actions: readonly DeltaAction[]): Uint8Array =>
  new TextEncoder().encode(actions.map((action) => `${JSON.stringify(action)}\n`).join(''));

/** The actions of a log entry's bytes. */
export function decodeActions(bytes: Uint8Array): readonly DeltaAction[] {
  const lines = new TextDecoder().decode(bytes).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as DeltaAction);
}

/** The state that follows from applying entries in order; they must continue where `state` ends (I3). */
export function applyEntries(state: DeltaState, entries: readonly DeltaEntry[]): DeltaState {
  const last = entries.at(-1);
  if (last === undefined) return state;
  entries.forEach(({ version }, i) => {
    const before = state.version + i;
    invariant(version === before + 1, `the log jumps from entry ${before} to ${version}`);
  });
  return applyActions(
    state,
    last,
    entries.flatMap((entry) => entry.actions),
  );
}

/** How long a checkpoint tells of a file that it was taken out (Delta’s own default). */
export const TOMBSTONES_KEPT_MS = 7 * 86_400_000;
const TOMBSTONES_HELD_MS = TOMBSTONES_KEPT_MS + 86_400_000;
/** A table has one transaction per source; a ledger one per seal, of which nobody asks for an old one. */
const TRANSACTIONS_HELD = 10_000;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The state at a version that actions, in order, lead to. */
export function applyActions(
  state: DeltaState,
  { version, sha256 }: { readonly version: number; readonly sha256: string | null },
  actions: readonly DeltaAction[],
): DeltaState {
  const files = new Map<string, Add | undefined>();
  const transactions = new Map<string, number>();
  const tombstones = new Map<string, Remove | undefined>();
  const next: Writable<DeltaState> = { ...state, version, headSha256: sha256 };
  for (const action of actions) {
    if ('add' in action) {
      files.set(action.add.path, action.add);
      tombstones.set(action.add.path, undefined);
    } else if ('remove' in action) {
      files.set(action.remove.path, undefined);
      tombstones.set(action.remove.path, action.remove);
    } else if ('txn' in action) {
      transactions.delete(action.txn.appId);
      transactions.set(action.txn.appId, action.txn.version);
    } else if ('protocol' in action) next.protocol = action.protocol;
    else if ('metaData' in action) next.metaData = action.metaData;
  }
  next.files = changedMap(state.files, files);
  next.transactions = newestOf(changedMap(state.transactions, transactions), TRANSACTIONS_HELD);
  next.tombstones = withoutOld(changedMap(state.tombstones, tombstones), actions);
  return next;
}

/** The `most` entries of a map that were set last. */
function newestOf<K, V>(map: ReadonlyMap<K, V>, most: number): ReadonlyMap<K, V> {
  const dropped = new Map<K, undefined>();
  for (const key of map.keys()) {
    if (map.size - dropped.size <= most) break;
    dropped.set(key, undefined);
  }
  return changedMap(map, dropped);
}

/** Tombstones but those much older than what these actions removed; they lie in the order in which they came. */
function withoutOld(
  tombstones: ReadonlyMap<string, Remove>,
  actions: readonly DeltaAction[],
): ReadonlyMap<string, Remove> {
  const newest = actions.reduce(
    (most, action) => ('remove' in action ? Math.max(most, action.remove.deletionTimestamp) : most),
    -Infinity,
  );
  const dropped = new Map<string, undefined>();
  for (const [path, { deletionTimestamp }] of tombstones) {
    if (deletionTimestamp >= newest - TOMBSTONES_HELD_MS) break;
    dropped.set(path, undefined);
  }
  return changedMap(tombstones, dropped);
}

/** The actions that a state adds up from: what a checkpoint holds. Tombstones from before `tombstonesSinceMs` are left out. */
export function stateActions(state: DeltaState, tombstonesSinceMs: number): readonly DeltaAction[] {
  const { protocol, metaData } = state;
  return [
    ...(protocol === undefined ? [] : [{ protocol }]),
    ...(metaData === undefined ? [] : [{ metaData }]),
    ...[...state.transactions].map(([appId, version]) => ({ txn: { appId, version } })),
    ...[...state.tombstones.values()]
      .filter(({ deletionTimestamp }) => deletionTimestamp >= tombstonesSinceMs)
      .map((remove) => ({ remove })),
    ...[...state.files.values()].map((add) => ({ add })),
  ];
}
