/** The staged decision of one run, between dedupe, compress and publish; and whether what was staged may be used. */
import { type CodeVersion, codeWord } from '../../domain/formats/code.ts';
import type { Counts, Reason } from '../../domain/counts.ts';
import { ObjectGone } from '../../domain/errors.ts';
import { isStaging } from '../../domain/formats/clear-text.ts';
import { ledgerRoot, parseSealName } from '../../domain/formats/layout.ts';
import type { DayRange } from '../../adapters/engine/engine.ts';
import type { DayRows, LedgerFile } from '../../domain/formats/ledger.ts';
import type { Lake } from '../../lake/lake.ts';
import type { Stale } from '../types.ts';

export interface DecidedRun {
  /** What the run is called by: the seal, or the last of several. */
  readonly seal: string;
  readonly seals: readonly string[];
  readonly revision: number;
  readonly base: number;
  readonly code: CodeVersion;
  readonly counts: Counts;
  readonly reasons: Partial<Record<Reason, number>>;
  readonly ledgerFile: LedgerFile;
  /** Rows that enriched messages give to each table. */
  readonly tables: Readonly<Record<string, number>>;
  /** Those in which a row may share its entity with others. */
  readonly shared: readonly string[];
  readonly days: readonly DayRows[];
  readonly ranges: readonly DayRange[];
}

/** What other code than this process's staged is not used: two versions of the rules are never mixed in one decision. */
export function staleBy(codes: readonly string[], own: CodeVersion): Stale | undefined {
  const other = codes.find((code) => code !== codeWord(own));
  return other === undefined
    ? undefined
    : { kind: 'stale', why: `it was staged by ${other}, this is ${codeWord(own)}` };
}

/** The run's own ledger file is gone: no one has published it, so it was old enough to be swept. */
class LedgerFileSwept extends ObjectGone {}

/** A local copy of the run's own ledger file; until it is published no one but this run names it. */
export async function fetchLedgerFile(
  { cache }: Pick<Lake, 'cache'>,
  { seal, ledgerFile }: Pick<DecidedRun, 'seal' | 'ledgerFile'>,
  scratch: string,
): Promise<string> {
  const key = `${ledgerRoot(parseSealName(seal).source)}${ledgerFile.path}`;
  try {
    return await cache.fetch(key, scratch, 'the ledger file of a run');
  } catch (error) {
    throw error instanceof ObjectGone ? new LedgerFileSwept(error.message, key) : error;
  }
}

/** Where what was staged is gone (a run that slept for days finds it swept) there is nothing wrong: begin again. */
export async function orStale<T>(work: () => Promise<T>): Promise<T | Stale> {
  try {
    return await work();
  } catch (error) {
    const isSwept = error instanceof ObjectGone && isStaging(error.key);
    if (isSwept || error instanceof LedgerFileSwept) return { kind: 'stale', why: error.message };
    throw error;
  }
}

/** Event days, in order, cut into ranges of about so many rows; a day is never cut. */
export function planRanges(days: readonly DayRows[], rowsPerRange: number): readonly DayRange[] {
  const ranges: { from: string; to: string }[] = [];
  let rows = Infinity;
  for (const day of days) {
    rows += day.rows;
    const range = ranges.at(-1);
    if (range === undefined || rows > rowsPerRange) {
      ranges.push({ from: day.date, to: day.date });
      rows = day.rows;
    } else range.to = day.date;
  }
  return ranges;
}
