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
import { isTableRoot } from '../../domain/layout.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import { attempts, mustGet, putOnce } from '../object-store/put.ts';
import type { Checkpoints } from './checkpoints.ts';

export interface DeltaLog {
  /** The table as it is now; lists what came since the last call. */
  refresh(): Promise<DeltaState>;
  /** Goes on from a state known otherwise, so that the entries below it are not read. Ignored once anything was read. */
  startFrom(state: DeltaState): void;
  /** Entries `from`..`to`, inclusive; they must have been read (refresh first; none at or below where it started). */
  entries(from: number, to: number): readonly DeltaEntry[];
  /**
   * Appends the entry `version`, which must follow the version the caller planned at. `mine`: these bytes are the entry.
   * `conflict`: another writer's are; refresh and plan again. Never overwrites (Delta protocol: put if absent).
   */
  append(version: number, actions: readonly DeltaAction[]): Promise<'mine' | 'conflict'>;
}

const READ_AHEAD = 16;

/**
 * Opens the log below `root` (which ends in `/`). Keeps the entries it has read in memory. Starts from what `newest` finds,
 * a checkpoint, or else reads every entry.
 */
export function openDeltaLog(
  store: ObjectStore,
  root: string,
  newest: (root: string) => Promise<DeltaState | undefined> = () => Promise.resolve(undefined),
): DeltaLog {
  const known: DeltaEntry[] = [];
  let state: DeltaState = EMPTY_STATE;
  /** The version of the first entry in `known`; undefined until the first refresh. */
  let start: number | undefined;
  let refreshing: Promise<DeltaState> | undefined;

  async function read(version: number): Promise<DeltaEntry> {
    const bytes = await mustGet(store, `${root}${logName(version)}`, `log entry ${version} of ${root}`);
    return { version, sha256: createHash('sha256').update(bytes).digest('hex'), actions: decodeActions(bytes) };
  }

  /** A process that slept for long finds the entries it would go on from cleaned up; a checkpoint beyond them says the same. */
  async function leap(): Promise<void> {
    const found = await newest(root);
    if (found === undefined || found.version <= state.version) return;
    state = found;
    known.length = 0;
    start = found.version + 1;
  }

  async function forward(): Promise<DeltaState> {
    if (start === undefined) {
      state = (await newest(root)) ?? state;
      start = state.version + 1;
    }
    const versions: number[] = [];
    await attempts(async () => {
      versions.length = 0;
      const after = state.version < 0 ? undefined : `${root}${logName(state.version)}`;
      for await (const { key } of store.list(`${root}_delta_log/`, after)) {
        const version = logVersion(`/${key}`);
        if (version !== undefined && version > state.version) versions.push(version);
      }
    });
    if (versions[0] !== undefined && versions[0] > state.version + 1) await leap();
    const wanted = versions.filter((version) => version > state.version);
    for (let i = 0; i < wanted.length; i += READ_AHEAD) {
      const entries = await Promise.all(wanted.slice(i, i + READ_AHEAD).map(read));
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
    startFrom(from) {
      if (start !== undefined) return;
      state = from;
      start = from.version + 1;
    },
    entries(from, to) {
      const first = start ?? 0;
      invariant(
        from >= first && to < first + known.length,
        `entries ${from}..${to} of ${root} were not read (${known.length} are known, from ${first})`,
      );
      return known.slice(from - first, to - first + 1);
    },
    async append(version, actions) {
      invariant(version <= state.version + 1, `entry ${version} of ${root} would leave a gap after ${state.version}`);
      const outcome = await putOnce(store, `${root}${logName(version)}`, encodeActions(actions));
      return outcome.kind === 'mine' ? 'mine' : 'conflict';
    },
  };
}

export type DeltaLogs = (root: string) => DeltaLog;

/** Logs by root, each opened once. Tables start from their newest checkpoint; a ledger's readers want its commits too. */
export function deltaLogs(store: ObjectStore, checkpoints?: Pick<Checkpoints, 'newest'>): DeltaLogs {
  const open = new Map<string, DeltaLog>();
  return (root) => {
    const newest = isTableRoot(root) ? checkpoints?.newest : undefined;
    const log = open.get(root) ?? openDeltaLog(store, root, newest);
    open.set(root, log);
    return log;
  };
}
