/** The notes that `reconcile` keeps of each entry it has proved. */
import { isDeepStrictEqual } from 'node:util';
import { attempts } from '../../adapters/object-store/put.ts';
import type { ObjectStore } from '../../adapters/object-store/object-store.ts';
import { type Source, FORMAT_VERSION, verifiedKey, verifiedPrefix, versionOfKey } from '../../domain/layout.ts';
import type { Decision } from './entries.ts';
import { ADVICE, type Report } from './findings.ts';
import { eachOf, readOwnJson } from './read.ts';

const READS_AT_ONCE = 16;

interface Verified {
  readonly formatVersion: number;
  readonly ledger: number;
  readonly manifest: string;
  readonly counts: unknown;
  readonly rows: unknown;
  readonly documents: unknown;
}

/** The versions that have a note. */
export function notedVersions(store: ObjectStore, source: Source): Promise<ReadonlySet<number>> {
  return attempts(async () => {
    const versions = new Set<number>();
    for await (const { key } of store.list(verifiedPrefix(source))) versions.add(versionOfKey(key));
    return versions;
  });
}

/** `there`: the versions that had a note before the ledger was read. Compares each note with the decision it is of; none is missing below the last one, and none is of an entry that is not there. */
export async function checkVerified(
  store: ObjectStore,
  report: Report,
  source: Source,
  { head, decisions, there }: { head: number; decisions: readonly Decision[]; there: ReadonlySet<number> },
  documented: ReadonlySet<string>,
): Promise<void> {
  const last = Math.max(-1, ...there);
  if (last > head)
    report.find({
      what: `entry ${last} was verified, but the ledger ends at ${head}: newer entries are gone`,
      where: verifiedKey(source, last),
      ...ADVICE.ledger,
    });
  const superseded = new Map<string, number>();
  for (const { n, seals } of decisions) for (const seal of seals) superseded.set(seal, n);
  await eachOf(decisions, READS_AT_ONCE, async (decision) => {
    const where = verifiedKey(source, decision.n);
    if (!there.has(decision.n)) {
      if (decision.n < last)
        report.find({ what: 'this note is gone, though a later entry is verified', where, ...ADVICE.verified });
      else report.uncovered.push({ where, waits: true, why: `entry ${decision.n} is not verified yet, or no longer` });
      return;
    }
    const bytes = await attempts(() => store.get(where));
    report.count('verified objects');
    const note = bytes && (readOwnJson(bytes, '\n') as Verified | undefined);
    const current = decision.seals.every((seal) => superseded.get(seal) === decision.n);
    if (note === undefined || !agrees(note, decision, documented, current))
      report.find({ what: 'this note does not agree with its ledger entry', where, ...ADVICE.verified });
  });
}

/** Rows that a later entry has replaced are counted there, so only their entry's own facts are compared. */
function agrees(note: Verified, decision: Decision, documented: ReadonlySet<string>, current: boolean): boolean {
  const { n, manifestKey, counts, tables } = decision;
  const named =
    note.formatVersion === FORMAT_VERSION &&
    note.ledger === n &&
    note.manifest === manifestKey &&
    isDeepStrictEqual(note.counts, counts);
  if (!named || !current || tables === undefined) return named;
  const documents = Object.entries(tables).reduce((sum, [name, rows]) => sum + (documented.has(name) ? rows : 0), 0);
  return isDeepStrictEqual(note.rows, tables) && note.documents === documents;
}
