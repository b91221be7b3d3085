/** One source verified: its ledger and all that names, then tables and documents against it. */
import { join } from 'node:path';
import { isDecision } from '../../domain/formats/ledger.ts';
import type { Table } from '../../domain/sources/contract.ts';
import { type Counts, NO_COUNTS, addCounts } from '../../domain/counts.ts';
import { messageOf } from '../../domain/errors.ts';
import { type Source, ledgerRoot, parseSealName } from '../../domain/formats/layout.ts';
import { mapSome } from '../../domain/some.ts';
import { type ChainEntry, rowsIn, walkChain } from './chain.ts';
import { checkClaims, expectedRows, touchedDays } from './claims.ts';
import { type Decision, type Seen, checkEntries } from './entries.ts';
import { ADVICE } from './findings.ts';
import { nameUnused, nameWaiting } from './others.ts';
import { readSound } from './read.ts';
import { checkReports } from './reports.ts';
import { readSpecs } from './specs.ts';
import { checkTable, openProjections } from './tables.ts';
import { checkVerified, notedVersions } from './verified.ts';
import type { Verifier } from './verifier.ts';

export interface SourceFacts {
  readonly source: Source;
  /** Entries looked at that judged messages. */
  readonly entries: number;
  readonly seals: number;
  /** By the last entry that judged each message. */
  readonly counts: Counts;
}

const ENTRIES_AT_ONCE = 64;
const FILES_AT_ONCE = 4;

/** Re-checks every promise of one source that the store and MongoDB can be asked for; goes on after a finding. */
export async function verifySource(verifier: Verifier): Promise<SourceFacts> {
  const { cache, source, all, report } = verifier;
  return cache.withScratch(async (scratch) => {
    // Before the ledger: what runs meanwhile only makes the ledger longer than they say.
    const tables = await readSpecs(verifier);
    const projections = await openProjections(verifier, tables);
    const there = await notedVersions(verifier);
    const ledger = await walkLedger(verifier, scratch);
    const { decisions, seen, parts, head, lastDecision } = ledger;
    await checkFiles(verifier, ledger);
    await checkClaims(verifier, parts, scratch);
    const entryOf = new Map(decisions.flatMap(({ n, seals }) => seals.map((seal) => [seal, n] as const)));
    await checkVerified(verifier, { head, decisions, there });
    const expected = await expectedRows(verifier, parts, scratch);
    // A run that was overtaken, or never ended, may have described a table that no decision names: nothing waits there.
    const isNamed = ({ name }: Table): boolean => decisions.some((decision) => decision.tables?.[name] !== undefined);
    for (const table of tables) {
      try {
        await checkTable(verifier, table, {
          ...projections,
          head,
          lastDecision: all && !isNamed(table) ? -1 : lastDecision,
          expected,
          parts,
          entryOf,
        });
      } catch (error) {
        report.find({ what: `it could not be verified (${messageOf(error)})`, where: table.name, ...ADVICE.documents });
      }
    }
    if (all) {
      const touched = await touchedDays(verifier, parts, scratch);
      try {
        await checkReports(verifier, { ...projections, head, touched });
      } catch (error) {
        report.find({ what: `they could not be verified (${messageOf(error)})`, where: 'reports/', ...ADVICE.reports });
      }
    }
    await nameWaiting(verifier);
    if (all) await nameUnused(verifier, tables);
    return {
      source,
      entries: decisions.length,
      seals: seen.seals.size,
      counts: decisions
        .filter(({ n, seals }) => seals.some((seal) => entryOf.get(seal) === n))
        .reduce((sum, decision) => addCounts(sum, decision.counts), NO_COUNTS),
    };
  });
}

interface WalkedLedger {
  readonly decisions: readonly Decision[];
  readonly seen: Seen;
  /** Slim rows of the judged lines, on the local disk. */
  readonly parts: readonly string[];
  readonly head: number;
  readonly lastDecision: number;
  readonly files: ReadonlyMap<string, LedgerFile>;
}

/** A live file of the ledger. */
interface LedgerFile {
  readonly rows: number;
  /** Made of others by a merge; every other one is named by a manifest. */
  readonly isMerged: boolean;
}

/** The chain, and what the entries of the range name, some at a time. */
async function walkLedger(verifier: Verifier, scratch: string): Promise<WalkedLedger> {
  const { source, inRange, report } = verifier;
  const decisions: Decision[] = [];
  const seen: Seen = { seals: new Set(), sealedBy: new Map(), specs: new Set() };
  const published = new Set<string>();
  const parts: string[] = [];
  const files = new Map<string, LedgerFile>();
  let head = -1;
  let lastDecision = -1;
  let waiting: ChainEntry[] = [];
  const flush = async (): Promise<void> => {
    const part = join(scratch, `part-${parts.length}.parquet`);
    const made = await checkEntries(verifier, waiting, seen, part);
    if (made.hasPart) parts.push(part);
    decisions.push(...made.decisions);
    waiting = [];
    report.progress(`${source}: ${decisions.length} ledger entries`);
  };
  for await (const entry of walkChain(verifier)) {
    head = entry.n;
    for (const action of entry.actions) {
      if ('add' in action)
        files.set(action.add.path, { rows: rowsIn(action.add.stats), isMerged: !isDecision(entry.commit) });
      else if ('remove' in action) files.delete(action.remove.path);
    }
    if (!isDecision(entry.commit)) continue;
    lastDecision = entry.n;
    for (const seal of entry.commit.seals) {
      const name = `${seal} r${entry.commit.revision}`;
      if (published.has(name))
        report.find({ what: `it publishes ${name} a second time`, where: entry.key, ...ADVICE.ledger });
      published.add(name);
    }
    if (!entry.commit.seals.some((seal) => inRange(parseSealName(seal).window.slice(0, 10)))) continue;
    waiting.push(entry);
    if (waiting.length === ENTRIES_AT_ONCE) await flush();
  }
  if (waiting.length > 0) await flush();
  return { decisions, seen, parts, head, lastDecision, files };
}

/** Files that merges made are whole, and with the others hold a row for every judged line. */
async function checkFiles(verifier: Verifier, { files, decisions }: WalkedLedger): Promise<void> {
  const { source, all, report } = verifier;
  const merged = [...files].filter(([, { isMerged }]) => isMerged).map(([path]) => `${ledgerRoot(source)}${path}`);
  await mapSome(merged, FILES_AT_ONCE, async (key) => {
    await readSound(verifier, key, 'a merged ledger file');
  });
  const rows = [...files.values()].reduce((sum, file) => sum + file.rows, 0);
  const judged = decisions.reduce((sum, { counts }) => sum + counts.received, 0);
  if (all && rows !== judged)
    report.find({
      what: `its live files hold ${rows} rows, its entries have judged ${judged} lines`,
      where: ledgerRoot(source),
      ...ADVICE.ledger,
    });
}
