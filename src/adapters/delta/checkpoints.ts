/** Checkpoints of Delta logs: the state at a version in one Parquet file, as every reader of the protocol knows them. */
import {
  type DeltaAction,
  type DeltaState,
  EMPTY_STATE,
  LAST_CHECKPOINT,
  applyActions,
  checkpointName,
  checkpointVersion,
  logName,
  stateActions,
} from '../../domain/formats/delta.ts';
import { InvariantViolation, invariant } from '../../domain/errors.ts';
import type { ObjectStore } from '../object-store/object-store.ts';

/** How actions become the bytes of a checkpoint. */
export interface CheckpointFormat {
  encode(actions: readonly DeltaAction[]): Promise<Uint8Array>;
  /** Throws InvariantViolation for bytes that are no checkpoint. */
  decode(bytes: Uint8Array): Promise<readonly DeltaAction[]>;
}

export interface Checkpoints {
  /** The version that the log names as its newest checkpoint; −1 when it names none. May be behind. */
  last(root: string): Promise<number>;
  /** The state in the newest checkpoint; undefined where there is none, or none that can be read. */
  newest(root: string): Promise<DeltaState | undefined>;
  /** The state in the checkpoint of a version, or undefined. Throws InvariantViolation when it cannot be read. */
  at(root: string, version: number): Promise<DeltaState | undefined>;
  /** Writes the checkpoint of a state, without the tombstones from before `tombstonesSinceMs`, and names it the newest. */
  write(root: string, state: DeltaState, tombstonesSinceMs: number): Promise<void>;
}

/** Checkpoints on a store. */
export function createCheckpoints(store: ObjectStore, format: CheckpointFormat): Checkpoints {
  async function last(root: string): Promise<number> {
    const bytes = await store.get(`${root}${LAST_CHECKPOINT}`);
    const { version } = parse(bytes) ?? {};
    return Number.isInteger(version) ? Number(version) : -1;
  }

  async function at(root: string, version: number): Promise<DeltaState | undefined> {
    const bytes = await store.get(`${root}${checkpointName(version)}`);
    if (bytes === undefined) return undefined;
    const actions = await format.decode(bytes);
    invariant(
      actions.some((action) => 'metaData' in action),
      `checkpoint ${version} of ${root} does not say what the table is`,
    );
    return applyActions(EMPTY_STATE, { version, sha256: null }, actions);
  }

  /** As at; a checkpoint that cannot be read is passed over: the entries say the same, and where they are gone the log is refused. */
  async function readable(root: string, version: number): Promise<DeltaState | undefined> {
    try {
      return await at(root, version);
    } catch (error) {
      if (error instanceof InvariantViolation) return undefined;
      throw error;
    }
  }

  return {
    last,
    at,
    async newest(root) {
      const named = await last(root);
      const state = named < 0 ? undefined : await readable(root, named);
      if (state !== undefined) return state;
      if ((await store.head(`${root}${logName(0)}`)) !== undefined) return undefined;
      for (const version of (await listed(store, root)).toReversed()) {
        const found = await readable(root, version);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    async write(root, state, tombstonesSinceMs) {
      const actions = stateActions(state, tombstonesSinceMs);
      const body = await format.encode(actions);
      // Put if absent: what another process wrote for this version says the same.
      await store.put(`${root}${checkpointName(state.version)}`, body, { ifAbsent: true });
      const hint = JSON.stringify({ version: state.version, size: actions.length });
      await store.put(`${root}${LAST_CHECKPOINT}`, new TextEncoder().encode(hint), { ifAbsent: false });
    },
  };
}

/** Versions of the checkpoints in a log, ascending. */
async function listed(store: ObjectStore, root: string): Promise<readonly number[]> {
  const versions: number[] = [];
  for await (const { key } of store.list(`${root}_delta_log/`)) {
    const version = checkpointVersion(key);
    if (version !== undefined) versions.push(version);
  }
  return versions;
}

/** The hint; undefined when it is absent or cut, which costs a listing. */
function parse(bytes: Uint8Array | undefined): { readonly version?: unknown } | undefined {
  try {
    return bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as { version?: unknown });
  } catch {
    return undefined;
  }
}
