/** The notes that `reconcile` keeps of each entry it has proved. */
import { isDeepStrictEqual } from 'node:util';
import { FORMAT_VERSION, verifiedKey, verifiedPrefix, versionOfKey } from '../../domain/formats/layout.ts';
import { mapSome } from '../../domain/some.ts';
import type { Decision } from './entries.ts';
import { ADVICE } from './findings.ts';
import { readOwnJson } from './read.ts';
import type { Verifier } from './verifier.ts';

const READS_AT_ONCE = 16;

interface Verified {
  readonly formatVersion: number;
  readonly ledger: number;
  readonly seals: readonly string[];
  readonly counts: unknown;
  readonly rows: Readonly<Record<string, number>>;
  readonly supersededBy?: number;
}

/** The versions that have a note. */
export async function notedVersions({ store, source }: Verifier): Promise<ReadonlySet<number>> {
  const versions = new Set<number>();
  for await (const { key } of store.list(verifiedPrefix(source))) versions.add(versionOfKey(key));
  return versions;
}

/** `there`: the versions that had a note before the ledger was read. Compares each note with the decision it is of; none is missing below the last one, and none is of an entry that is not there. */
export async function checkVerified(
  { store, source, report }: Verifier,
  { head, decisions, there }: { head: number; decisions: readonly Decision[]; there: ReadonlySet<number> },
): Promise<void> {
  const last = Math.max(-1, ...there);
  if (last > head)
    report.find({
      what: `entry ${last} was verified, but the ledger ends at ${head}: newer entries are gone`,
      where: verifiedKey(source, last),
      ...ADVICE.ledger,
    });
  const judgedIn = new Map<string, number[]>();
  for (const { n, seals } of decisions)
    for (const seal of seals) judgedIn.set(seal, [...(judgedIn.get(seal) ?? []), n]);
  await mapSome(decisions, READS_AT_ONCE, async (decision) => {
    const where = verifiedKey(source, decision.n);
    if (!there.has(decision.n)) {
      if (decision.n < last)
        report.find({ what: 'this note is gone, though a later entry is verified', where, ...ADVICE.verified });
      else report.uncovered.push({ where, waits: true, why: `entry ${decision.n} is not verified yet, or no longer` });
      return;
    }
    const bytes = await store.get(where);
    report.count('verified objects');
    const note = bytes && (readOwnJson(bytes) as Verified | undefined);
    const later = decision.seals.flatMap((seal) => judgedIn.get(seal) ?? []).filter((n) => n > decision.n);
    if (note === undefined || !agrees(note, decision, later))
      report.find({ what: 'this note does not agree with its ledger entry', where, ...ADVICE.verified });
  });
}

/** A note made when a later entry had replaced rows names that entry, and counts the rows that were still its own. */
function agrees(
  { formatVersion, ledger, seals, counts, rows, supersededBy }: Verified,
  { n, seals: judged, counts: promised, tables }: Decision,
  later: readonly number[],
): boolean {
  const isNamed =
    formatVersion === FORMAT_VERSION &&
    ledger === n &&
    isDeepStrictEqual(seals, judged) &&
    isDeepStrictEqual(counts, promised);
  if (!isNamed || tables === undefined) return isNamed;
  // A table that came to be after the decision has no row of it.
  if (!Object.entries(rows).every(([name, count]) => (tables[name] ?? 0) === count)) return false;
  return supersededBy === undefined
    ? Object.keys(tables).every((name) => tables[name] === 0 || name in rows)
    : later.includes(supersededBy);
}
