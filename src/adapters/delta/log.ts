/** A Delta log on the object store: read forward from what is known, appended by put-if-absent. */
import { createHash } from 'node:crypto';
import {
  type DeltaAction,
  type DeltaEntry,
  type DeltaState,
  EMPTY_STATE,
  applyEntries,
  decodeActions,
  encodeActions,
  logName,
  logVersion,
} from '../../domain/delta.ts';
import { invariant } from '../../domain/errors.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import { attempts, mustGet, putOnce } from '../object-store/put.ts';

export interface DeltaLog {
  /** The table as it is now; lists what came since the last call. */
  refresh(): Promise<DeltaState>;
  /** Entries `from`..`to`, inclusive; they must exist (refresh first). */
  entries(from: number, to: number): readonly DeltaEntry[];
  /**
   * Appends the entry `version`, which must follow the version the caller planned at. `mine`: these bytes are the entry.
   * `conflict`: another writer's are; refresh and plan again. Never overwrites (Delta protocol: put if absent).
   */
  append(version: number, actions: readonly DeltaAction[]): Promise<'mine' | 'conflict'>;
}

const READ_AHEAD = 16;

/** Opens the log below `root` (which ends in `/`). Keeps the entries it has read in memory. */
export function openDeltaLog(store: ObjectStore, root: string): DeltaLog {
  const known: DeltaEntry[] = [];
  let state: DeltaState = EMPTY_STATE;
  let refreshing: Promise<DeltaState> | undefined;

  async function read(version: number): Promise<DeltaEntry> {
    const bytes = await mustGet(store, `${root}${logName(version)}`, `log entry ${version} of ${root}`);
    return { version, sha256: createHash('sha256').update(bytes).digest('hex'), actions: decodeActions(bytes) };
  }

  async function forward(): Promise<DeltaState> {
    const versions: number[] = [];
    await attempts(async () => {
      versions.length = 0;
      const after = state.version < 0 ? undefined : `${root}${logName(state.version)}`;
      for await (const { key } of store.list(`${root}_delta_log/`, after)) {
        const version = logVersion(`/${key}`);
        if (version !== undefined && version > state.version) versions.push(version);
      }
    });
    for (let i = 0; i < versions.length; i += READ_AHEAD) {
      const entries = await Promise.all(versions.slice(i, i + READ_AHEAD).map(read));
      state = applyEntries(state, entries);
      known.push(...entries);
    }
    return state;
  }

  return {
    async refresh() {
      // One reader at a time; whoever asks while a listing runs might miss what came after it began, so it asks again.
      while (refreshing !== undefined) await refreshing.catch(() => undefined);
      refreshing = forward();
      try {
        return await refreshing;
      } finally {
        refreshing = undefined;
      }
    },
    entries(from, to) {
      invariant(
        from >= 0 && to < known.length,
        `entries ${from}..${to} of ${root} were not read yet (${known.length} known)`,
      );
      return known.slice(from, to + 1);
    },
    async append(version, actions) {
      invariant(version <= state.version + 1, `entry ${version} of ${root} would leave a gap after ${state.version}`);
      const outcome = await putOnce(store, `${root}${logName(version)}`, encodeActions(actions));
      return outcome.kind === 'mine' ? 'mine' : 'conflict';
    },
  };
}

export type DeltaLogs = (root: string) => DeltaLog;

/** Logs by root, each opened once. */
export function deltaLogs(store: ObjectStore): DeltaLogs {
  const open = new Map<string, DeltaLog>();
  return (root) => {
    const log = open.get(root) ?? openDeltaLog(store, root);
    open.set(root, log);
    return log;
  };
}
