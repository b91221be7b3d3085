/** What the ledger says now, read from the store: only what came since the last call, and at a cold start since the newest index. */
import { createHash } from 'node:crypto';
import type { DeltaLog } from '../adapters/delta/log.ts';
import { attempts, mustGet } from '../adapters/object-store/put.ts';
import {
  type DeltaEntry,
  type DeltaState,
  EMPTY_STATE,
  applyEntries,
  decodeActions,
  logName,
  logVersion,
} from '../domain/delta.ts';
import { invariant } from '../domain/errors.ts';
import { changedMap } from '../domain/layered-map.ts';
import { type Source, ledgerRoot, verifiedKey, verifiedPrefix, versionOfKey } from '../domain/layout.ts';
import {
  FIRST_REVISION,
  type LedgerEntry,
  type Manifest,
  type ManifestFile,
  isDecision,
  judgedBefore,
  ledgerEntry,
} from '../domain/ledger.ts';
import { newestIndex } from './ledger-index.ts';
import type { Ports } from './ports.ts';
import type { AlreadyPublished, Overtaken } from './types.ts';

/** Never changes: who holds one sees the ledger at one version. */
export interface LedgerView {
  readonly state: DeltaState;
  /** The commit of entry n; commits[n]. */
  readonly commits: readonly LedgerEntry[];
  /** By seal, the last entry that judged it. */
  readonly judgedBy: ReadonlyMap<string, number>;
}

/** What a process knows of a source's ledger; all of it can only grow, so it is read on from there. */
interface Memory {
  view: LedgerView;
  /** Every entry up to this one is verified. */
  verified: number;
  /** By report, the last entry that it has taken in. */
  readonly reported: Map<string, number>;
}

type Needs = Pick<Ports, 'store' | 'logs'> & Partial<Pick<Ports, 'log'>>;

const EMPTY_VIEW: LedgerView = { state: EMPTY_STATE, commits: [], judgedBy: new Map() };
const memories = new WeakMap<DeltaLog, Promise<Memory>>();

/** What this process knows already; its first call reads the newest index. */
export async function ledgerMemory(ports: Needs, source: Source): Promise<Memory> {
  const log = ports.logs(ledgerRoot(source));
  let memory = memories.get(log);
  if (memory === undefined) {
    memory = fromIndex(ports, source, log);
    memories.set(log, memory);
    memory.catch(() => memories.delete(log));
  }
  return memory;
}

async function fromIndex(ports: Needs, source: Source, log: DeltaLog): Promise<Memory> {
  const index = await newestIndex(ports, source);
  if (index === undefined) return { view: EMPTY_VIEW, verified: -1, reported: new Map() };
  const { state, commits, verified, reported } = index;
  log.startFrom(state);
  const view = { state, commits, judgedBy: changedMap(EMPTY_VIEW.judgedBy, judged(commits, 0)) };
  return { view, verified, reported: new Map(Object.entries(reported)) };
}

/** Brings the ledger of a source forward and checks that what came is chained to what was there (I3). */
export async function readLedger(ports: Needs, source: Source): Promise<LedgerView> {
  const memory = await ledgerMemory(ports, source);
  const log = ports.logs(ledgerRoot(source));
  const state = await log.refresh();
  const { version } = memory.view.state;
  // Another call may have come further meanwhile.
  if (state.version > version)
    memory.view = continued(source, memory.view, state, log.entries(version + 1, state.version));
  return memory.view;
}

function continued(
  source: Source,
  { state: before, commits, judgedBy }: LedgerView,
  state: DeltaState,
  entries: readonly DeltaEntry[],
): LedgerView {
  let previous = before.headSha256;
  const added = entries.map((entry) => {
    const commit = ledgerEntry(entry);
    invariant(
      commit.previous === previous,
      `ledger entry ${entry.version} of ${source} does not continue entry ${entry.version - 1}: it was altered or replaced`,
    );
    previous = entry.sha256;
    return commit;
  });
  return {
    state,
    commits: [...commits, ...added],
    judgedBy: changedMap(judgedBy, judged(added, commits.length)),
  };
}

const judged = (commits: readonly LedgerEntry[], from: number): ReadonlyMap<string, number> =>
  new Map(commits.flatMap(({ seals }, i) => seals.map((seal) => [seal, from + i] as const)));

/** The whole ledger from its entries alone, whatever indexes say, each checked against the one before (I3). For proofs: it reads them all. */
export async function readWholeLedger(ports: Pick<Ports, 'store'>, source: Source): Promise<LedgerView> {
  const root = ledgerRoot(source);
  const entries: DeltaEntry[] = [];
  for await (const { key } of ports.store.list(`${root}_delta_log/`)) {
    const version = logVersion(`/${key}`);
    if (version === undefined) continue;
    const bytes = await mustGet(ports.store, `${root}${logName(version)}`, `ledger entry ${version}`);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    entries.push({ version, sha256, actions: decodeActions(bytes) });
  }
  return continued(source, EMPTY_VIEW, applyEntries(EMPTY_STATE, entries), entries);
}

/** The entry that published a seal at this revision or a later one, or undefined. */
export function publishedAs(ledger: LedgerView, seal: string, revision: number): number | undefined {
  const version = ledger.judgedBy.get(seal);
  const commit = version === undefined ? undefined : ledger.commits[version];
  return commit !== undefined && commit.revision >= revision ? version : undefined;
}

/**
 * What the head already says of these seals at this revision: decided by `manifest` itself, or by another run; undefined when they may
 * be published. A first judgement stands whoever made it, a rebuild only if it is this one.
 */
export function settle(
  ledger: LedgerView,
  seals: readonly string[],
  revision: number,
  manifest?: string,
): AlreadyPublished | Overtaken | undefined {
  const own = manifest === undefined ? -1 : ledger.commits.findLastIndex((commit) => commit.manifest === manifest);
  if (own >= 0) return { kind: 'alreadyPublished', version: own };
  for (const seal of seals) {
    const version = publishedAs(ledger, seal, revision);
    if (version !== undefined) return { kind: revision === FIRST_REVISION ? 'alreadyPublished' : 'overtaken', version };
  }
  return undefined;
}

/** The decisions that entry `n` replaces: for each of its dropped seals, the manifest that judged it last. */
export async function replacedManifests(
  ports: Pick<Ports, 'store'>,
  { commits }: LedgerView,
  manifest: Manifest,
  n: number,
): Promise<readonly Manifest[]> {
  const entries = new Set(judgedBefore(commits, n, manifest.dropSeals).values());
  return Promise.all([...entries].sort((a, b) => a - b).map((at) => readManifest(ports, commitAt(commits, at))));
}

function commitAt(commits: readonly LedgerEntry[], n: number): LedgerEntry {
  const commit = commits[n];
  invariant(commit !== undefined, `ledger entry ${n} was not read`);
  return commit;
}

/** The files of one table that a manifest lists. */
export const filesOf = (manifest: Manifest, table: string): readonly ManifestFile[] =>
  manifest.tables.find((candidate) => candidate.table === table)?.files ?? [];

/** The manifest that a ledger entry names. */
export async function readManifest(ports: Pick<Ports, 'store'>, commit: LedgerEntry): Promise<Manifest> {
  const bytes = await mustGet(ports.store, commit.manifest, `manifest of ${commit.seals.join(', ')}`);
  return JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
}

/** The ledger versions that `reconcile` has verified, and those that decide nothing. */
export interface VerifiedVersions {
  /** Every version up to this one is among them; −1 for none. */
  readonly upTo: number;
  readonly size: number;
  has(version: number): boolean;
}

/** Which ledger versions are verified; lists what is beyond those known to be. */
export async function verifiedVersions(ports: Needs, source: Source): Promise<VerifiedVersions> {
  const memory = await ledgerMemory(ports, source);
  const { commits } = memory.view;
  const from = memory.verified;
  const beyond = new Set<number>();
  for await (const { key } of ports.store.list(
    verifiedPrefix(source),
    from < 0 ? undefined : verifiedKey(source, from),
  ))
    beyond.add(versionOfKey(key));
  commits.slice(from + 1).forEach((commit, i) => {
    if (!isDecision(commit)) beyond.add(from + 1 + i);
  });
  let upTo = from;
  while (beyond.delete(upTo + 1)) upTo += 1;
  memory.verified = Math.max(memory.verified, upTo);
  return { upTo, size: upTo + 1 + beyond.size, has: (version) => version <= upTo || beyond.has(version) };
}

/** Says in the log up to which entry all are verified: merges count with what is before them. */
export async function tellVerified(ports: Pick<Ports, 'store' | 'logs' | 'log'>, source: Source): Promise<void> {
  const { state } = await readLedger(ports, source);
  const { upTo } = await attempts(() => verifiedVersions(ports, source));
  ports.log.info('ledger.verified', { source, upTo, head: state.version });
}
