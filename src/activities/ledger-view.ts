/** What the ledger says now, read from the store. */
import { mustGet } from '../adapters/object-store/put.ts';
import type { DeltaState } from '../domain/delta.ts';
import { invariant } from '../domain/errors.ts';
import { type Source, ledgerRoot, verifiedPrefix, versionOfKey } from '../domain/layout.ts';
import {
  FIRST_REVISION,
  type LedgerEntry,
  type Manifest,
  type ManifestFile,
  judgedBefore,
  ledgerEntry,
  sealAppId,
} from '../domain/ledger.ts';
import type { Ports } from './ports.ts';
import type { AlreadyPublished, Overtaken } from './types.ts';

export interface LedgerView {
  readonly state: DeltaState;
  /** The commit of entry n; commits[n]. */
  readonly commits: readonly LedgerEntry[];
}

/** Brings the ledger of a source forward and checks that its entries are chained (I3). */
export async function readLedger(ports: Pick<Ports, 'logs'>, source: Source): Promise<LedgerView> {
  const log = ports.logs(ledgerRoot(source));
  const state = await log.refresh();
  const entries = state.version < 0 ? [] : log.entries(0, state.version);
  const commits = entries.map(ledgerEntry);
  commits.forEach((commit, n) => {
    const before = entries[n - 1]?.sha256 ?? null;
    invariant(
      commit.previous === before,
      `ledger entry ${n} of ${source} does not continue entry ${n - 1}: it was altered or replaced`,
    );
  });
  return { state, commits };
}

/** The entry that published a seal at this revision or a later one, or undefined. */
export function publishedAs(ledger: LedgerView, seal: string, revision: number): number | undefined {
  const published = ledger.state.transactions.get(sealAppId(seal));
  if (published === undefined || published < revision) return undefined;
  const version = ledger.commits.findLastIndex(
    (commit) => commit.seals.includes(seal) && commit.revision === published,
  );
  invariant(version >= 0, `the ledger knows revision ${published} of ${seal} but no entry holds it`);
  return version;
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

/** The ledger versions that `reconcile` has verified. */
export async function verifiedVersions(ports: Pick<Ports, 'store'>, source: Source): Promise<ReadonlySet<number>> {
  const versions = new Set<number>();
  for await (const { key } of ports.store.list(verifiedPrefix(source))) versions.add(versionOfKey(key));
  return versions;
}
