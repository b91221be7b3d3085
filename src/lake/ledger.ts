/** What the ledger says now, read from the store: only what came since the last call, and at a cold start since the newest snapshot. */
import { createHash } from 'node:crypto';
import type { DeltaLog } from '../adapters/delta/log.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { mustGet } from '../adapters/object-store/put.ts';
import {
  type DeltaEntry,
  type DeltaState,
  EMPTY_STATE,
  applyEntries,
  decodeActions,
  logName,
  logVersion,
} from '../domain/formats/delta.ts';
import { invariant } from '../domain/errors.ts';
import { type Source, ledgerRoot } from '../domain/formats/layout.ts';
import { LedgerEntries } from './ledger-entries.ts';
import {
  FIRST_REVISION,
  type LedgerEntry,
  type Manifest,
  type ManifestTable,
  ledgerEntry,
  previousOf,
} from '../domain/formats/ledger.ts';
import { recent } from './recent.ts';
import type { Lake } from './lake.ts';
import { newestSnapshot } from './snapshot.ts';

/** Never changes: who holds one sees the ledger at one version. */
export interface LedgerView {
  readonly state: DeltaState;
  readonly entries: LedgerEntries;
}

/** What a process knows of a source's ledger; all of it can only grow, so it is read on from there. */
interface Memory {
  view: LedgerView;
  /** Every entry up to this one is verified. */
  verified: number;
  /** By report, the last entry that it has taken in. */
  readonly reported: Map<string, number>;
}

type Needs = Pick<Lake, 'store' | 'logs'> & Partial<Pick<Lake, 'log'>>;

const EMPTY_VIEW: LedgerView = { state: EMPTY_STATE, entries: LedgerEntries.NONE };
const memories = new WeakMap<DeltaLog, Promise<Memory>>();

/** What this process knows already; its first call reads the newest snapshot. */
export async function ledgerMemory(lake: Needs, source: Source): Promise<Memory> {
  const log = lake.logs(ledgerRoot(source));
  let memory = memories.get(log);
  if (memory === undefined) {
    memory = fromSnapshot(lake, source, log);
    memories.set(log, memory);
    memory.catch(() => memories.delete(log));
  }
  return memory;
}

async function fromSnapshot(lake: Needs, source: Source, log: DeltaLog): Promise<Memory> {
  const snapshot = await newestSnapshot(lake, source);
  const memory: Memory = { view: EMPTY_VIEW, verified: -1, reported: new Map() };
  if (snapshot !== undefined) {
    const { state, entries, verified, reported } = snapshot;
    log.startFrom(state);
    memory.view = { state, entries };
    memory.verified = verified;
    for (const [name, version] of Object.entries(reported)) memory.reported.set(name, version);
  }
  log.listen((entries, state) => {
    memory.view = continued(source, memory.view, state, entries);
  });
  return memory;
}

/** The ledger's head, as the store has it now; what came is checked to be chained to what was there (I3). */
export async function readLedger(lake: Needs, source: Source): Promise<LedgerView> {
  const memory = await ledgerMemory(lake, source);
  await lake.logs(ledgerRoot(source)).refresh();
  return memory.view;
}

/** The ledger as this process knows it, at least at a version; the store is asked only where less is known. */
export async function ledgerAtLeast(lake: Needs, source: Source, version: number): Promise<LedgerView> {
  const memory = await ledgerMemory(lake, source);
  await lake.logs(ledgerRoot(source)).atLeast(version);
  return memory.view;
}

function continued(
  source: Source,
  { state: before, entries }: LedgerView,
  state: DeltaState,
  read: readonly DeltaEntry[],
): LedgerView {
  let previous = before.headSha256;
  const added = read.map((entry) => {
    invariant(
      previousOf(entry) === previous,
      `ledger entry ${entry.version} of ${source} does not continue entry ${entry.version - 1}: it was altered or replaced`,
    );
    previous = entry.sha256;
    return ledgerEntry(entry);
  });
  return { state, entries: entries.with(added) };
}

/** The whole ledger from its entries alone, whatever snapshots say, each checked against the one before (I3). For proofs: it reads them all. */
export async function readWholeLedger(lake: Pick<Lake, 'store'>, source: Source): Promise<LedgerView> {
  const root = ledgerRoot(source);
  const entries: DeltaEntry[] = [];
  for await (const { key } of lake.store.list(`${root}_delta_log/`)) {
    const version = logVersion(`/${key}`);
    if (version === undefined) continue;
    const bytes = await mustGet(lake.store, `${root}${logName(version)}`, `ledger entry ${version}`);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    entries.push({ version, sha256, actions: decodeActions(bytes) });
  }
  return continued(source, EMPTY_VIEW, applyEntries(EMPTY_STATE, entries), entries);
}

/** The entry that published a seal at this revision or a later one, or undefined. */
export function publishedAs(ledger: LedgerView, seal: string, revision: number): number | undefined {
  const version = ledger.entries.judgedBy(seal);
  // Whatever judged it is a first judgement, or comes after one.
  if (version === undefined || revision === FIRST_REVISION) return version;
  return (ledger.entries.at(version)?.revision ?? FIRST_REVISION) >= revision ? version : undefined;
}

/** This very decision stands in the ledger; for a first judgement, any of the seal. */
export interface AlreadyPublished {
  readonly kind: 'alreadyPublished';
  readonly version: number;
}

/** Another rebuild took the revision: plan again. */
export interface Overtaken {
  readonly kind: 'overtaken';
  /** The entry that did; −1: none, but the plan was swept while the run slept. */
  readonly version: number;
}

/**
 * What the head already says of these seals at this revision: decided by `manifest` itself, or by another run; undefined when they may
 * be published. A first judgement stands whoever made it, a rebuild only if it is this one.
 */
export function standingOf(
  ledger: LedgerView,
  { seals, revision }: { readonly seals: readonly string[]; readonly revision: number },
  manifest?: string,
): AlreadyPublished | Overtaken | undefined {
  const [first] = seals;
  if (manifest !== undefined && first !== undefined)
    for (const version of ledger.entries.judgements(first))
      if (ledger.entries.at(version)?.manifest === manifest) return { kind: 'alreadyPublished', version };
  for (const seal of seals) {
    const version = publishedAs(ledger, seal, revision);
    if (version !== undefined) return { kind: revision === FIRST_REVISION ? 'alreadyPublished' : 'overtaken', version };
  }
  return undefined;
}

/** The decisions that entry `n` replaces: for each of its dropped seals, the manifest that judged it last. */
export async function replacedManifests(
  lake: Pick<Lake, 'store'>,
  { entries }: LedgerView,
  manifest: Manifest,
  n: number,
): Promise<readonly Manifest[]> {
  const replaced = new Set(entries.judgedBefore(n, manifest.dropSeals).values());
  return Promise.all([...replaced].sort((a, b) => a - b).map((at) => readManifest(lake, entryAt(entries, at))));
}

function entryAt(entries: LedgerEntries, n: number): LedgerEntry {
  const entry = entries.at(n);
  invariant(entry !== undefined, `ledger entry ${n} was not read`);
  return entry;
}

/** What a manifest gives to one table; undefined: nothing. */
export const tableOf = (manifest: Manifest, table: string): ManifestTable | undefined =>
  manifest.tables.find((candidate) => candidate.table === table);

const manifests = recent<Manifest>(2_000);
const named = new WeakMap<ObjectStore, Set<string>>();

/** Keys of the descriptions of tables that manifests read by this process have named. */
export const namedSpecs = (store: ObjectStore): ReadonlySet<string> => named.get(store) ?? new Set();

const noteSpec = (store: ObjectStore, key: string): void =>
  void named.set(store, (named.get(store) ?? new Set<string>()).add(key));

/** The manifest that a ledger entry names: read once, the latest stay in memory. */
export async function readManifest(lake: Pick<Lake, 'store'>, entry: LedgerEntry): Promise<Manifest> {
  return manifests(lake.store, entry.manifest, async () => {
    const bytes = await mustGet(lake.store, entry.manifest, `manifest of ${entry.seals.join(', ')}`);
    const manifest = JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
    for (const { spec } of manifest.tables) noteSpec(lake.store, spec);
    return manifest;
  });
}
