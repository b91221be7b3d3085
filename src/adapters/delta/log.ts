/** A Delta log on the object store: read forward from what is known, appended by put-if-absent. It keeps the state, not the entries. */
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
} from '../../domain/formats/delta.ts';
import { invariant } from '../../domain/errors.ts';
import { isTableRoot } from '../../domain/formats/layout.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import { mustGet, putOnce } from '../object-store/put.ts';
import type { Checkpoints } from './checkpoints.ts';

/** Told of entries as they are read, each once, in order, with the state they lead to. What it throws stops the reading there. */
export type EntryListener = (entries: readonly DeltaEntry[], state: DeltaState) => void;

/** What to append after a state; undefined: nothing, for the plan no longer holds. */
export type CommitPlan = (state: DeltaState) => Promise<readonly DeltaAction[] | undefined>;

export interface DeltaLog {
  /** The table as it is now; lists what came since the last call. */
  refresh(): Promise<DeltaState>;
  /** The table as this process saw it last; nothing, before it has looked. */
  known(): DeltaState;
  /** The table as it was last seen, at least at `version`: asks only where less is known. */
  atLeast(version: number): Promise<DeltaState>;
  /** Goes on from a state known otherwise, so that the entries below it are not read. Ignored once anything was read. */
  startFrom(state: DeltaState): void;
  /** Whoever remembers more of the entries than the state; set once, before anything is read. */
  listen(listener: EntryListener): void;
  /**
   * Appends the entry `version`, which must follow the version the caller planned at. `mine`: these bytes are the entry.
   * `conflict`: another writer's are; refresh and plan again. Never overwrites (Delta protocol: put if absent).
   */
  append(version: number, actions: readonly DeltaAction[]): Promise<'mine' | 'conflict'>;
  /**
   * Plans at the state as it was seen last, a minute ago at most, and appends; where another entry got in, again at the newest, at most
   * `tries` times in all. The version, or undefined: nothing was appended.
   */
  commit(plan: CommitPlan, tries: number): Promise<number | undefined>;
}

const READ_AHEAD = 16;
/** A state seen so lately is planned at without a look: no entry behind it was cleaned up meanwhile, so whoever wrote one is met. */
const FRESH_MS = 60_000;

/**
 * Opens the log below `root` (which ends in `/`). Starts from what `newest` finds, a checkpoint, or else reads every entry.
 */
export function openDeltaLog(
  store: ObjectStore,
  root: string,
  newest: (root: string) => Promise<DeltaState | undefined> = () => Promise.resolve(undefined),
  now: () => number = Date.now,
): DeltaLog {
  let state: DeltaState = EMPTY_STATE;
  let isStarted = false;
  let listener: EntryListener = () => undefined;
  let seenAt = -Infinity;
  const alone = oneByOne();

  function advance(entries: readonly DeltaEntry[]): void {
    const next = applyEntries(state, entries);
    listener(entries, next);
    state = next;
  }

  async function forward(): Promise<DeltaState> {
    if (!isStarted) {
      state = (await newest(root)) ?? state;
      isStarted = true;
    }
    const askedAt = now();
    const versions = await versionsAfter(store, root, state.version);
    // A process that slept for long finds the entries it would go on from cleaned up; a checkpoint beyond them says the same.
    if (versions[0] !== undefined && versions[0] > state.version + 1) state = laterOf(state, await newest(root));
    const wanted = versions.filter((version) => version > state.version);
    for (let i = 0; i < wanted.length; i += READ_AHEAD)
      advance(await Promise.all(wanted.slice(i, i + READ_AHEAD).map((version) => read(store, root, version))));
    seenAt = askedAt;
    return state;
  }

  async function append(version: number, actions: readonly DeltaAction[]): Promise<'mine' | 'conflict'> {
    invariant(version <= state.version + 1, `entry ${version} of ${root} would leave a gap after ${state.version}`);
    const bytes = encodeActions(actions);
    const outcome = await putOnce(store, `${root}${logName(version)}`, bytes);
    if (outcome.kind !== 'mine') return 'conflict';
    await alone(() => {
      // What was just written need not be read.
      if (version === state.version + 1) advance([entryOf(version, bytes)]);
      return Promise.resolve();
    });
    return 'mine';
  }

  const refresh = (): Promise<DeltaState> => alone(forward);
  const isFresh = (): boolean => now() >= seenAt && now() < seenAt + FRESH_MS;
  return {
    refresh,
    known: () => state,
    atLeast: (version) => (isStarted && state.version >= version ? Promise.resolve(state) : refresh()),
    startFrom(from) {
      if (isStarted) return;
      state = from;
      isStarted = true;
    },
    listen(given) {
      listener = given;
    },
    append,
    commit: async (plan, tries) => commitTo({ refresh, append }, isFresh() ? state : await refresh(), plan, tries),
  };
}

const laterOf = (state: DeltaState, found: DeltaState | undefined): DeltaState =>
  found !== undefined && found.version > state.version ? found : state;

/** Runs one work at a time; whoever asks while another reads might miss what came after it began, so it waits and reads itself. */
function oneByOne(): <T>(work: () => Promise<T>) => Promise<T> {
  let working: Promise<unknown> | undefined;
  return async (work) => {
    while (working !== undefined) await working.catch(() => undefined);
    const own = work();
    working = own;
    try {
      return await own;
    } finally {
      working = undefined;
    }
  };
}

/** The versions of the log's entries behind one, in order. */
async function versionsAfter(store: ObjectStore, root: string, known: number): Promise<readonly number[]> {
  const versions: number[] = [];
  const after = known < 0 ? undefined : `${root}${logName(known)}`;
  for await (const { key } of store.list(`${root}_delta_log/`, after)) {
    const version = logVersion(`/${key}`);
    if (version !== undefined && version > known) versions.push(version);
  }
  return versions;
}

async function read(store: ObjectStore, root: string, version: number): Promise<DeltaEntry> {
  const bytes = await mustGet(store, `${root}${logName(version)}`, `log entry ${version} of ${root}`);
  return entryOf(version, bytes);
}

async function commitTo(
  { refresh, append }: Pick<DeltaLog, 'refresh' | 'append'>,
  first: DeltaState,
  plan: CommitPlan,
  tries: number,
): Promise<number | undefined> {
  let planned = first;
  for (let attempt = 1; ; attempt += 1) {
    const version = planned.version + 1;
    const actions = await plan(planned);
    if (actions === undefined) return undefined;
    if ((await append(version, actions)) === 'mine') return version;
    if (attempt >= tries) return undefined;
    planned = await refresh();
  }
}

const entryOf = (version: number, bytes: Uint8Array): DeltaEntry => ({
  version,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  actions: decodeActions(bytes),
});

export type DeltaLogs = (root: string) => DeltaLog;

/** Logs by root, each opened once. Tables start from their newest checkpoint; a ledger's readers want its entries too. */
export function deltaLogs(
  store: ObjectStore,
  checkpoints?: Pick<Checkpoints, 'newest'>,
  now: () => number = Date.now,
): DeltaLogs {
  const open = new Map<string, DeltaLog>();
  return (root) => {
    const newest = isTableRoot(root) ? checkpoints?.newest : undefined;
    const log = open.get(root) ?? openDeltaLog(store, root, newest, now);
    open.set(root, log);
    return log;
  };
}
