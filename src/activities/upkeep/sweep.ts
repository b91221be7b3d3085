/** sweep: removes what runs left below staging, in the ledger's folder and as diffs, once nobody can want it, and what a killed probe left. */
import type { ObjectInfo } from '../../adapters/object-store/object-store.ts';
import { CLEAR_STAGING_PREFIX } from '../../domain/formats/clear-text.ts';
import {
  PROBE_PREFIX,
  STAGING_PREFIX,
  type Source,
  ledgerRoot,
  parseLedgerFile,
  parseSealName,
  parseStagingRun,
  sealName,
} from '../../domain/formats/layout.ts';
import { diffsPrefix, parseDiffKey } from '../../domain/formats/marks.ts';
import { KEEP_MS } from '../../domain/plans/vacuum.ts';
import { windowAt } from '../../domain/window.ts';
import { MAX_FILE_AGE_MS, wasRenewed } from '../../lake/files.ts';
import { contractOf } from '../../lake/lake.ts';
import { type LedgerView, publishedAs, readLedger, readManifest } from '../../lake/ledger.ts';
import { throwIfCancelled } from '../heartbeat.ts';
import type { Ports } from '../ports.ts';

export interface SweepInput {
  readonly source: Source;
  readonly dryRun: boolean;
}

/** What was removed, or would be. */
export interface Swept {
  readonly files: number;
  readonly bytes: number;
  readonly sample: readonly string[];
  /** True when there is more than one call removes. */
  readonly more: boolean;
}

const FILES_PER_CALL = 1_000;
const SAMPLES = 5;
/** Ledger files of windows from further back were looked at by earlier rounds, but those of rebuilds, whose staging tells of them. */
const LEDGER_WINDOWS_MS = 30 * 86_400_000;

/**
 * Builds the activity. Everything that is old goes: `publish` takes no file of more than a day, and a run that finds its staging gone
 * begins again. Ledger files that a manifest names stay for ever.
 */
export function createSweep(ports: Pick<Ports, 'store' | 'logs' | 'contracts' | 'log' | 'now'>) {
  return async function sweep({ source, dryRun }: SweepInput): Promise<Swept> {
    contractOf(ports, source);
    const staging = await oldStaging(ports, source);
    // Ledger files first: once its staging is gone, nothing tells of that of an old window.
    const found = [
      ...(await leftTexts(ports, source)),
      ...(await old(ports, PROBE_PREFIX)),
      ...(await oldLedgerFiles(ports, source, staging)),
      ...staging,
      ...(await unpublishedDiffs(ports, source, await old(ports, diffsPrefix(source)))),
    ];
    const some = found.slice(0, FILES_PER_CALL);
    const objects = dryRun ? some : await remove(ports, some);
    const swept = { files: objects.length, bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) };
    ports.log.info('staging.swept', { source, dryRun, ...swept });
    return {
      ...swept,
      sample: objects.slice(0, SAMPLES).map(({ key }) => key),
      more: found.length > objects.length,
    };
  };
}

type Listing = Pick<Ports, 'store' | 'now'>;

/** Removes what was not put again meanwhile by a run that wants it; answers what was removed. */
async function remove(ports: Listing, listed: readonly ObjectInfo[]): Promise<readonly ObjectInfo[]> {
  const removed: ObjectInfo[] = [];
  for (const object of listed) {
    throwIfCancelled();
    const found = await ports.store.head(object.key);
    if (found === undefined || wasRenewed(object, found)) continue;
    await ports.store.remove(object.key);
    removed.push(object);
  }
  return removed;
}

async function oldStaging(ports: Listing, source: Source): Promise<readonly ObjectInfo[]> {
  const objects: ObjectInfo[] = [];
  for await (const folder of ports.store.folders(STAGING_PREFIX)) {
    if (objects.length > FILES_PER_CALL) break;
    const run = parseStagingRun(folder);
    if (run === undefined || parseSealName(run.seal).source !== source) continue;
    objects.push(...(await old(ports, `${STAGING_PREFIX}${folder}`)));
  }
  return objects;
}

/** Ledger files that were never published: of a revision that nobody put, or judged at a base that was overtaken. */
async function oldLedgerFiles(
  ports: Listing & Pick<Ports, 'logs'>,
  source: Source,
  staging: readonly ObjectInfo[],
): Promise<readonly ObjectInfo[]> {
  const root = ledgerRoot(source);
  const first = windowAt(Math.max(0, ports.now() - LEDGER_WINDOWS_MS));
  const after = `${root}${sealName({ source, window: first, generation: 1 })}`;
  const runs = new Set(staging.map(({ key }) => key.split('/')[1] ?? ''));
  const ledger = await readLedger(ports, source);
  const found = new Map<string, ObjectInfo>();
  for (const listed of [...[...runs].map((run) => ports.store.list(`${root}${run}-`)), ports.store.list(root, after)])
    for (const object of await unnamed(ports, ledger, source, listed)) found.set(object.key, object);
  // What was published since is named by now; what is published from here on has to be put again before.
  return unnamed(ports, await readLedger(ports, source), source, found.values());
}

async function unnamed(
  ports: Listing,
  ledger: LedgerView,
  source: Source,
  listed: AsyncIterable<ObjectInfo> | Iterable<ObjectInfo>,
): Promise<readonly ObjectInfo[]> {
  const objects: ObjectInfo[] = [];
  for await (const object of listed) {
    const path = object.key.slice(ledgerRoot(source).length);
    const run = parseLedgerFile(path);
    if (run === undefined || ports.now() - object.modifiedMs < KEEP_MS) continue;
    if (!(await isNamed(ports, ledger, path, run))) objects.push(object);
    if (objects.length > FILES_PER_CALL) break;
  }
  return objects;
}

/** What lies below a prefix and was not put again for so long. */
async function old(ports: Listing, prefix: string, keepMs = KEEP_MS): Promise<ObjectInfo[]> {
  const objects: ObjectInfo[] = [];
  for await (const object of ports.store.list(prefix))
    if (ports.now() - object.modifiedMs >= keepMs) objects.push(object);
  return objects;
}

/** What people wrote, staged by runs that crashed or were ended: at once where the run's decision stands, else once `publish` would take nothing of them. */
async function leftTexts(ports: Listing & Pick<Ports, 'logs'>, source: Source): Promise<readonly ObjectInfo[]> {
  const objects: ObjectInfo[] = [];
  const ledger = await readLedger(ports, source);
  for await (const folder of ports.store.folders(CLEAR_STAGING_PREFIX)) {
    if (objects.length > FILES_PER_CALL) break;
    const run = parseStagingRun(folder);
    if (run === undefined || parseSealName(run.seal).source !== source) continue;
    const stands = publishedAs(ledger, run.seal, run.revision) !== undefined;
    objects.push(...(await old(ports, `${CLEAR_STAGING_PREFIX}${folder}`, stands ? 0 : MAX_FILE_AGE_MS)));
  }
  return objects;
}

/** Diffs that no decision is: discarded, or left by whoever asked for them. */
async function unpublishedDiffs(
  ports: Pick<Ports, 'store' | 'logs'>,
  source: Source,
  diffs: readonly ObjectInfo[],
): Promise<readonly ObjectInfo[]> {
  if (diffs.length === 0) return [];
  const { entries } = await readLedger(ports, source);
  const unpublished: ObjectInfo[] = [];
  for (const diff of diffs) {
    const { window, revision } = parseDiffKey(diff.key) ?? {};
    const judged = [...(window === undefined ? [] : entries.sealsOf(window))].flatMap(([seal]) => [
      ...entries.judgements(seal),
    ]);
    const decided = [...new Set(judged)]
      .flatMap((n) => entries.at(n) ?? [])
      .filter((entry) => entry.revision === revision);
    const manifests = await Promise.all(decided.map((entry) => readManifest(ports, entry)));
    if (!manifests.some((manifest) => manifest.diff === diff.key)) unpublished.push(diff);
  }
  return unpublished;
}

async function isNamed(
  ports: Pick<Ports, 'store'>,
  ledger: LedgerView,
  path: string,
  { seal, revision }: { readonly seal: string; readonly revision: number },
): Promise<boolean> {
  if (ledger.state.files.has(path)) return true;
  // Whichever revision stands now: an earlier one is named by the entry that published it.
  for (const n of ledger.entries.judgements(seal)) {
    const entry = ledger.entries.at(n);
    if (entry?.revision === revision) return (await readManifest(ports, entry)).ledgerFile.path === path;
  }
  return false;
}
