/** openDay, keepClosing: which windows a local day has, and the object that says what it held when it was closed. */
import { keysOf, mustGet, putOnce } from '../../adapters/object-store/put.ts';
import { type Closing, dayBefore, reopenedBy, windowsOfDay } from '../../domain/formats/closing.ts';
import { type Counts, NO_COUNTS, addCounts } from '../../domain/counts.ts';
import { PermanentError } from '../../domain/errors.ts';
import { FORMAT_VERSION, type Source } from '../../domain/formats/layout.ts';
import { closedKey, closedPrefix } from '../../domain/formats/marks.ts';
import { literal } from '../../domain/sql.ts';
import { filesOf, mayHoldDays } from '../../domain/formats/table-file.ts';
import type { Window } from '../../domain/window.ts';
import { jsonBytes } from '../../lake/json.ts';
import { contractOf } from '../../lake/lake.ts';
import { type LedgerView, readLedger } from '../../lake/ledger.ts';
import { fetchFiles, knownTables, tableLog } from '../../lake/tables.ts';
import type { Ports } from '../ports.ts';

type Needs = Pick<Ports, 'store' | 'cache' | 'logs' | 'reader' | 'contracts' | 'now' | 'log'>;

export interface DayInput {
  readonly source: Source;
  readonly day: string;
}

export interface OpenDayInput {
  readonly source: Source;
  /** Absent: the day before `scheduledMs`, in the source's zone. */
  readonly day?: string;
  readonly scheduledMs?: number;
}

export interface OpenDay extends DayInput {
  readonly from: Window;
  readonly to: Window;
}

export interface Closed extends Closing {
  readonly outcome: 'closed' | 'reopened' | 'unchanged';
  readonly key: string;
  /** What came since the closing before, in words. */
  readonly note: string;
}

/** Others that close the same day at the same time. */
const TRIES = 20;

/** Builds the activities. */
export function createCloseDay(ports: Needs) {
  function openDay({ source, day: given, scheduledMs = 0 }: OpenDayInput): OpenDay {
    const { zone } = contractOf(ports, source);
    const day = given ?? dayBefore(scheduledMs, zone);
    return { source, day, ...windowsOfDay(day, zone) };
  }

  /** Keeps what the day holds now as its next closing, unless it holds what it held at the last. */
  async function keepClosing({ source, day }: DayInput): Promise<Closed> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const earlier = await lastClosing(ports, { source, day });
      const now = await holdings(ports, { source, day });
      const since = earlier === undefined ? undefined : reopenedBy(earlier, now);
      if (earlier !== undefined && since === undefined)
        return {
          ...earlier,
          outcome: 'unchanged',
          key: closedKey(source, day, earlier.n),
          note: `nothing came since ${earlier.closedAt}`,
        };
      const closing: Closing = {
        formatVersion: FORMAT_VERSION,
        source,
        day,
        n: (earlier?.n ?? 0) + 1,
        closedAt: new Date(ports.now()).toISOString(),
        ...now,
      };
      const key = closedKey(source, day, closing.n);
      const { kind } = await putOnce(ports.store, key, jsonBytes(closing));
      // Another run closed it meanwhile: look again at what it found.
      if (kind === 'other') continue;
      const outcome = earlier === undefined ? 'closed' : 'reopened';
      ports.log.info(`day.${outcome}` as const, {
        source,
        day,
        n: closing.n,
        ledger: closing.ledgerVersion,
        ...closing.counts,
      });
      return { ...closing, outcome, key, note: since ?? 'closed for the first time' };
    }
    throw new PermanentError(
      `${source} ${day} is being closed by others faster than this run can; what it held is kept by them, look at closed/.`,
    );
  }

  return { openDay, keepClosing };
}

async function lastClosing(ports: Needs, { source, day }: DayInput): Promise<Closing | undefined> {
  const last = (await keysOf(ports.store, closedPrefix(source, day))).at(-1);
  if (last === undefined) return undefined;
  return JSON.parse(new TextDecoder().decode(await mustGet(ports.store, last, 'the closing of a day'))) as Closing;
}

/** What the ledger and the tables say of a day now. */
async function holdings(
  ports: Needs,
  { source, day }: DayInput,
): Promise<Pick<Closing, 'ledgerVersion' | 'counts' | 'rows'>> {
  const contract = contractOf(ports, source);
  const ledger = await readLedger(ports, source);
  const rows: Record<string, number> = {};
  for (const name of (await knownTables(ports, source)).keys()) rows[name] = await rowsOn(ports, name, day);
  return { ledgerVersion: ledger.state.version, counts: countsOf(ledger, windowsOfDay(day, contract.zone)), rows };
}

/** Rows of a table on an event day; only the files that may hold some are read. */
async function rowsOn(ports: Needs, table: string, day: string): Promise<number> {
  const files = filesOf(await tableLog(ports, table).refresh()).filter((file) => mayHoldDays(file, day, day));
  if (files.length === 0) return 0;
  return ports.cache.withScratch(async (scratch) => {
    const paths = await fetchFiles(ports, table, files, scratch);
    const sql = `SELECT count(*)::INTEGER AS n FROM rows WHERE event_date = ${literal(day)}`;
    const [row] = await ports.reader.query(paths, sql, scratch);
    return Number(row?.['n']);
  });
}

/** What was received in these windows, by the entry that judged each of their seals last. */
function countsOf(ledger: LedgerView, { from, to }: Pick<OpenDay, 'from' | 'to'>): Counts {
  const entries = new Set<number>();
  for (const window of ledger.entries.windows())
    if (window >= from && window <= to) for (const [, n] of ledger.entries.sealsOf(window)) entries.add(n);
  return [...entries].reduce((sum, n) => addCounts(sum, ledger.entries.at(n)?.counts ?? NO_COUNTS), NO_COUNTS);
}
