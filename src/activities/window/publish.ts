/** publish: the only decision. Puts the next ledger entry if it is absent, after checking that everything it names holds. */
import { checkExpected } from '../../domain/formats/diff.ts';
import { codeWord } from '../../domain/formats/code.ts';
import { runOfStaging } from '../../domain/formats/clear-text.ts';
import { checkEquation } from '../../domain/counts.ts';
import { invariant } from '../../domain/errors.ts';
import {
  FORMAT_VERSION,
  ledgerRoot,
  manifestKey,
  parseRawKey,
  parseSealName,
  tableRoot,
} from '../../domain/formats/layout.ts';
import { type EntryPlan, FIRST_REVISION, type Manifest, planEntry } from '../../domain/formats/ledger.ts';
import { mapSome } from '../../domain/some.ts';
import { MAX_FILE_AGE_MS, NAMED_WITHIN_MS } from '../../lake/files.ts';
import { keepJson, readJson } from '../../lake/json.ts';
import { contractOf } from '../../lake/lake.ts';
import { type LedgerView, ledgerAtLeast, readLedger, standingOf } from '../../lake/ledger.ts';
import { type Judged, readJudged } from '../../lake/seals.ts';
import { keepSpecs, tableId } from '../../lake/tables.ts';
import { type Ports, codeOf } from '../ports.ts';
import type { PublishOutcome, SealRef } from '../types.ts';
import { type Compressed, type CompressedTableFile, compressedFiles } from './compress.ts';
import { lastOf } from './clear-text.ts';
import { sharesIdentity } from './conflict.ts';
import { type DecidedRun, fetchLedgerFile, orStale, staleBy } from './decided.ts';
import { readExpected } from './expected.ts';

export interface PublishInput {
  readonly seal: SealRef;
  readonly decided: string;
  readonly compressed: readonly Compressed[];
  /** Key of the diff that this decision has to be; else it is refused. */
  readonly expect?: string;
}

const HEADS_AT_ONCE = 16;
/** Entries that may get in before this one does: each is looked at once, so even a large run beside many small ones comes through. */
const TRIES = 200;

/** Builds the activity. */
export function createPublish(ports: Ports) {
  return (input: PublishInput): Promise<PublishOutcome> => {
    const { source } = parseSealName(input.seal.seal);
    return lastOf(ports, source, runOfStaging(input.decided), () => orStale(() => check(ports, input)));
  };
}

async function check(ports: Ports, { seal, decided: ref, compressed, expect }: PublishInput): Promise<PublishOutcome> {
  const { source } = parseSealName(seal.seal);
  // Before anything staged is read: a run that was published long ago finds its staging swept.
  const early = await standingEarly(ports, seal, source);
  if (early !== undefined) return early;
  const decided = await readJson<DecidedRun>(ports.store, ref, 'the decision of a run');
  const stale = staleBy([codeWord(decided.code)], codeOf(ports, contractOf(ports, source)));
  if (stale !== undefined) return stale;
  const files = await compressedFiles(ports, compressed);
  const checkedAt = ports.now();
  const old = await checkFiles(ports, source, decided, files);
  if (old !== undefined) return { kind: 'stale', why: old };
  const judged = await readJudged(ports, seal);
  await checkLines(ports, decided, judged);
  const manifest = manifestOf(decided, files, await keepSpecs(ports, contractOf(ports, source)), expect);
  if (expect !== undefined) checkExpected(await readExpected(ports, expect), manifest, expect);
  checkEquation(decided.counts, decided.seal);
  const key = await keepJson(ports.store, manifest, manifestKey);
  return decide(ports, { judged, decided, manifest, key, checkedAt });
}

/** A first judgement stands whoever made it: then nothing of this run is needed. */
async function standingEarly(
  ports: Ports,
  { seal, ref }: SealRef,
  source: string,
): Promise<PublishOutcome | undefined> {
  if (!ref.startsWith('seals/')) return undefined;
  return standingOf(await ledgerAtLeast(ports, source, -1), { seals: [seal], revision: FIRST_REVISION });
}

/** The decision in full. A rebuild replaces the live rows of its own seals. */
export function manifestOf(
  decided: DecidedRun,
  files: readonly CompressedTableFile[],
  specs: ReadonlyMap<string, string>,
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
    days: decided.days,
    tables: [...specs].map(([table, spec]) => ({
      table,
      spec,
      rows: decided.tables[table] ?? 0,
      shared: decided.shared.includes(table),
      files: files.filter((file) => file.table === table).map(({ table: of, ...file }) => file),
    })),
    dropSeals: decided.revision === FIRST_REVISION ? [] : decided.seals,
    ...(diff === undefined ? {} : { diff }),
  };
}

interface Decision {
  readonly judged: Judged;
  readonly decided: DecidedRun;
  readonly manifest: Manifest;
  readonly key: string;
  /** When its files were looked for. */
  readonly checkedAt: number;
}

/**
 * Puts the entry behind the head. Entries that came after the run's base are no conflict by themselves: only one that claims an identity
 * of this run is, for then a line was judged as the first that is not.
 */
async function decide(ports: Ports, { judged, decided, manifest, key, checkedAt }: Decision): Promise<PublishOutcome> {
  const { source } = manifest;
  const newestReceipt = Math.max(...judged.objects.map((object) => parseRawKey(object.key)?.openedAtMs ?? 0));
  let looked = decided.base;
  let before = await ledgerAtLeast(ports, source, decided.base);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const standing = standingOf(before, decided, key);
    if (standing !== undefined) return standing;
    const head = before.state.version;
    if (await sharesIdentity(ports, decided, before, looked)) return { kind: 'conflict', head };
    looked = head;
    if (ports.now() - checkedAt > NAMED_WITHIN_MS)
      return { kind: 'stale', why: 'its files were looked for too long ago' };
    if ((await putEntry(ports, before, { manifest, manifestKey: key, timestamp: newestReceipt })) === 'mine') {
      const { reasons, counts, seal } = decided;
      const files = manifest.tables.reduce((sum, table) => sum + table.files.length, 0);
      ports.log.info('window.published', { seal, version: head + 1, ...counts, files, reasons, newestReceipt });
      return { kind: 'published', version: head + 1, counts };
    }
    before = await readLedger(ports, source);
  }
  return standingOf(before, decided, key) ?? { kind: 'conflict', head: before.state.version };
}

function putEntry(
  ports: Ports,
  before: LedgerView,
  entry: Pick<EntryPlan, 'manifest' | 'manifestKey' | 'timestamp'>,
): Promise<'mine' | 'conflict'> {
  const root = ledgerRoot(entry.manifest.source);
  const actions = planEntry({ ...entry, before: before.state, tableId: tableId(root) });
  return ports.logs(root).append(before.state.version + 1, actions);
}

/**
 * I4: every file is there and whole. Returns why the run has to begin again, where one is so old that a vacuum may look at it, or has
 * done so already.
 */
async function checkFiles(
  ports: Ports,
  source: string,
  decided: DecidedRun,
  files: readonly CompressedTableFile[],
): Promise<string | undefined> {
  const all = [
    ...files.map((file) => ({ key: `${tableRoot(file.table)}${file.path}`, bytes: file.bytes })),
    { key: `${ledgerRoot(source)}${decided.ledgerFile.path}`, bytes: decided.ledgerFile.bytes },
  ];
  const ages = await mapSome(all, HEADS_AT_ONCE, async ({ key, bytes }) => {
    const found = await ports.store.head(key);
    if (found === undefined) return Infinity;
    invariant(found.bytes === bytes, `${key} should hold ${bytes} bytes, the store has ${found.bytes}`);
    return ports.now() - found.modifiedMs;
  });
  return ages.every((age) => age < MAX_FILE_AGE_MS) ? undefined : 'its files are older than a day, or removed since';
}

/**
 * Every sealed object has exactly its lines 0 … n−1, each once, in what is about to be published, and every entity one event day: who
 * reads some days must find all its states. (Over all decisions the contract sees to that: the day is part of what an entity is made of.)
 */
async function checkLines(ports: Ports, decided: DecidedRun, { objects }: Judged): Promise<void> {
  const rows = await ports.cache.withScratch(async (scratch) => {
    const path = await fetchLedgerFile(ports, decided, scratch);
    return ports.reader.query(
      [path],
      `SELECT raw_key, count(*)::INTEGER AS n, count(DISTINCT line)::INTEGER AS d, min(line) AS lo, max(line) AS hi,
        (SELECT count(*) FROM (SELECT entity FROM rows WHERE entity IS NOT NULL GROUP BY entity HAVING min(event_date) < max(event_date)))::INTEGER AS torn
        FROM rows GROUP BY raw_key`,
      scratch,
    );
  });
  const torn = Number(rows[0]?.['torn'] ?? 0);
  invariant(torn === 0, `${decided.seal}: ${torn} entities have more than one event day`);
  const found = new Map(rows.map((row) => [row['raw_key'], row]));
  for (const { key, lines } of objects) {
    const row = found.get(key);
    const isWhole = row?.['n'] === lines && row['d'] === lines && row['lo'] === 0 && row['hi'] === lines - 1;
    invariant(isWhole, `${decided.seal}: ${key} holds ${lines} lines, judged were ${JSON.stringify(row ?? 'none')}`);
  }
  invariant(found.size === objects.length, `${decided.seal}: ${found.size} objects were judged of ${objects.length}`);
}
