/** publish: the only decision. Puts the ledger entry that follows `base` if it is absent, after checking that everything it names holds. */
import { createHash } from 'node:crypto';
import { attempts } from '../adapters/object-store/put.ts';
import { checkEquation } from '../domain/counts.ts';
import { invariant } from '../domain/errors.ts';
import { FORMAT_VERSION, ledgerRoot, manifestKey, parseRawKey, parseSealName, tableRoot } from '../domain/layout.ts';
import { type Diff, checkExpected } from '../domain/diff.ts';
import { FIRST_REVISION, type Manifest, type ManifestFile, isDecision, planEntry } from '../domain/ledger.ts';
import { joinSeals } from '../domain/seal.ts';
import { mapSome } from '../domain/some.ts';
import type { Compressed, TableFile } from './compress.ts';
import type { DecidedRun } from './decided.ts';
import { keepJson, readJson } from './json-object.ts';
import { readJudged } from './judged-seals.ts';
import { type LedgerView, readLedger, settle } from './ledger-view.ts';
import { type Ports, contractOf } from './ports.ts';
import type { PublishOutcome, SealRef } from './types.ts';

export interface PublishInput {
  readonly seal: SealRef;
  readonly decided: string;
  readonly compressed: readonly Compressed[];
  /** Key of the diff that this decision has to be; else it is refused. */
  readonly expect?: string;
}

/** An unreferenced file may be vacuumed after 72 h; a run that took longer than this starts over instead of racing it. */
const MAX_FILE_AGE_MS = 24 * 3_600_000;
const HEADS_AT_ONCE = 16;
/** Merges of ledger files that may get in before this entry does; then the workflow dedupes again, which is always right. */
const TRIES = 5;

/** Builds the activity. After a conflict with another decision it gives up: the workflow dedupes again. */
export function createPublish(ports: Ports) {
  return async function publish({ seal, decided: ref, compressed, expect }: PublishInput): Promise<PublishOutcome> {
    const decided = await readJson<DecidedRun>(ports.store, ref, 'the decision of a run');
    const { source } = parseSealName(decided.seal);
    const isFirst = decided.revision === FIRST_REVISION;
    const early = isFirst ? whatStands(await readLedger(ports, source), decided) : undefined;
    if (early !== undefined) return early;
    const files = await compressedFiles(ports, compressed);
    const manifest = manifestOf(ports, decided, files, expect);
    const key = await keepJson(ports.store, manifest, manifestKey);
    // Only its manifest tells a rebuild from another one of the same revision.
    const late = isFirst ? undefined : whatStands(await readLedger(ports, source), decided, key);
    if (late !== undefined) return late;
    if (expect !== undefined) checkExpected(await readJson<Diff>(ports.store, expect, 'the diff'), manifest, expect);
    checkEquation(decided.counts, decided.seal);
    await checkFiles(ports, source, decided, files);
    return decide(ports, seal, decided, manifest, key);
  };
}

/** The files that the lists of `compress` name. */
export async function compressedFiles(
  ports: Pick<Ports, 'store'>,
  compressed: readonly Compressed[],
): Promise<readonly TableFile[]> {
  const lists = await Promise.all(
    compressed.map((part) => readJson<readonly TableFile[]>(ports.store, part.ref, 'a list of compressed files')),
  );
  return lists.flat();
}

/** What the head already says about this run: published, or overtaken by another decision; undefined when it may be put. */
function whatStands(ledger: LedgerView, decided: DecidedRun, manifest?: string): PublishOutcome | undefined {
  const settled = settle(ledger, decided.seals, decided.revision, manifest);
  if (settled !== undefined) return settled;
  const conflict = ledger.commits.slice(decided.base + 1).some(isDecision);
  return conflict ? { kind: 'conflict', head: ledger.state.version } : undefined;
}

/** The decision in full. A rebuild replaces the live rows of its own seals. */
export function manifestOf(
  ports: Pick<Ports, 'contracts'>,
  decided: DecidedRun,
  files: readonly TableFile[],
  diff?: string,
): Manifest {
  const { source } = parseSealName(decided.seal);
  return {
    formatVersion: FORMAT_VERSION,
    source,
    seals: decided.seals,
    revision: decided.revision,
    base: decided.base,
    counts: decided.counts,
    reasons: decided.reasons,
    code: decided.code,
    ledgerFile: decided.ledgerFile,
    tables: contractOf(ports, source).tables.map(({ name }) => ({
      table: name,
      rows: decided.tables[name] ?? 0,
      files: files.filter(({ table }) => table === name).map(manifestFile),
    })),
    dropSeals: decided.revision === FIRST_REVISION ? [] : decided.seals,
    ...(diff === undefined ? {} : { diff }),
  };
}

async function decide(
  ports: Ports,
  seal: SealRef,
  decided: DecidedRun,
  manifest: Manifest,
  key: string,
): Promise<PublishOutcome> {
  const { source } = manifest;
  const newestReceipt = await lastOpened(ports, seal);
  let before = await readLedger(ports, source);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const standing = whatStands(before, decided, key);
    if (standing !== undefined) return standing;
    const version = before.state.version + 1;
    const actions = planEntry({
      manifest,
      manifestKey: key,
      previous: before.state.headSha256,
      tableId: tableId(ledgerRoot(source)),
      timestamp: newestReceipt,
      claimKeys: decided.claimKeys,
    });
    const outcome = await ports.logs(ledgerRoot(source)).append(version, actions);
    before = await readLedger(ports, source);
    if (outcome === 'mine') {
      const { reasons, counts } = decided;
      const files = manifest.tables.reduce((sum, table) => sum + table.files.length, 0);
      ports.log.info('window.published', { seal: decided.seal, version, ...counts, files, reasons, newestReceipt });
      return { kind: 'published', version, counts };
    }
  }
  return whatStands(before, decided, key) ?? { kind: 'conflict', head: before.state.version };
}

const manifestFile = ({ path, eventDate, rows, bytes, sha256 }: TableFile): ManifestFile => ({
  path,
  eventDate,
  rows,
  bytes,
  sha256,
});

/** I4: every file is there, whole, and young enough that no vacuum can have begun to look at it. */
async function checkFiles(
  ports: Ports,
  source: string,
  decided: DecidedRun,
  files: readonly TableFile[],
): Promise<void> {
  const all = [
    ...files.map((file) => ({ key: `${tableRoot(file.table)}${file.path}`, bytes: file.bytes })),
    { key: `${ledgerRoot(source)}${decided.ledgerFile.path}`, bytes: decided.ledgerFile.bytes },
  ];
  await mapSome(all, HEADS_AT_ONCE, async ({ key, bytes }) => {
    const found = await attempts(() => ports.store.head(key));
    invariant(found?.bytes === bytes, `${key} should hold ${bytes} bytes, the store has ${found?.bytes ?? 'nothing'}`);
    invariant(
      ports.now() - found.modifiedMs < MAX_FILE_AGE_MS,
      `${key} is older than a day; replay the window, its files are written anew`,
    );
  });
}

/** The last receipt: a time that two runs agree on. */
async function lastOpened(ports: Ports, seal: SealRef): Promise<number> {
  const { objects } = joinSeals(await readJudged(ports, seal));
  return Math.max(...objects.map((object) => parseRawKey(object.key)?.openedAtMs ?? 0));
}

/** A Delta table's id, made of its place so that two first writers agree (RFC 9562, version 8: custom). */
export function tableId(root: string): string {
  const hex = createHash('sha256').update(root).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
