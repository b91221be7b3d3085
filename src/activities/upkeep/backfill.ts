/** The activities of `backfill`: which windows a range holds and what is to be done about them, and the diffs of a compared rebuild. */
import {
  type BackfillPlan,
  type CombinedDiff,
  type PlannedWindow,
  type DiffTotals,
  type WindowDiff,
  WINDOWS_PER_PAGE,
  addDiff,
  estimate,
  isBetween,
  receiptOf,
} from '../../domain/plans/backfill.ts';
import { codeWord } from '../../domain/formats/code.ts';
import type { BackfillSettings } from '../../domain/inputs/backfill.ts';
import { FORMAT_VERSION, type Source, parseRawKey, verifiedKey, verifiedPrefix } from '../../domain/formats/layout.ts';
import { backfillKey } from '../../domain/formats/marks.ts';
import type { LedgerEntries } from '../../lake/ledger-entries.ts';
import type { LedgerEntry, Manifest } from '../../domain/formats/ledger.ts';
import type { Window } from '../../domain/window.ts';
import { mapSome } from '../../domain/some.ts';
import { windowsWithRaw } from '../../lake/days.ts';
import { keepJson, readJson } from '../../lake/json.ts';
import { contractOf } from '../../lake/lake.ts';
import { type LedgerView, readLedger, readManifest } from '../../lake/ledger.ts';
import { pendingWindows } from '../../lake/pending.ts';
import { listRaw } from '../../lake/raw.ts';
import { throwIfCancelled } from '../heartbeat.ts';
import { type Ports, codeOf } from '../ports.ts';

type Needs = Pick<Ports, 'store' | 'logs' | 'contracts' | 'engine' | 'chatlakeVersion' | 'log' | 'now'>;

/** A list of windows as it lies on the store. */
interface WindowList {
  readonly formatVersion: number;
  readonly source: Source;
  readonly windows: readonly PlannedWindow[];
  readonly totals?: DiffTotals;
}

export interface CombineDiffsInput {
  readonly source: Source;
  /** At most WINDOWS_PER_PAGE windows, each with the key of its diff. */
  readonly diffs: readonly Required<PlannedWindow>[];
  /** What earlier calls combined. */
  readonly earlier: CombinedDiff | null;
}

const AT_ONCE = 16;
/** Earlier windows whose speed is looked at. */
const RECORDED = 200;

/** Builds the activities. */
export function createBackfill(ports: Needs) {
  /**
   * What a backfill has to do: of a range by receipt the windows received in it; of a range by event days those whose tables' rows
   * are of these days, and those received about then that hold lines without an event day: quarantined, or not published yet.
   * A duplicate belongs where its claim is. Of these, the pending ones; for a rebuild the published ones that other code judged.
   */
  async function planBackfill(asked: BackfillSettings): Promise<BackfillPlan> {
    const { source } = asked;
    const today = codeWord(codeOf(ports, contractOf(ports, source)));
    const ledger = await readLedger(ports, source);
    const published = new Set(ledger.entries.windows());
    const received = await windowsWithRaw(ports, source);
    const inRange = await rangeOf(ports, asked, ledger.entries);
    const wanted = [...new Set([...received, ...published])].filter(inRange).sort();
    const judged = wanted.filter((window) => published.has(window));
    const unpublished = asked.rebuild ? wanted.length - judged.length : 0;
    const planned = asked.rebuild
      ? await judgedOtherwise(ports, ledger.entries, judged, today)
      : await pendingOf(ports, source, wanted);
    const objects = (await mapSome(planned, AT_ONCE, (window) => listRaw(ports, { source, window }))).flat();
    const lines = objects.reduce((sum, { key }) => sum + (parseRawKey(key)?.count ?? 0), 0);
    return {
      ref:
        asked.dryRun || planned.length === 0
          ? null
          : await keepList(ports, 'plan', { source, windows: planned.map((window) => ({ window })) }),
      windows: planned.length,
      lines,
      bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
      skipped: wanted.length - planned.length - unpublished,
      unpublished,
      first: planned[0] ?? null,
      last: planned.at(-1) ?? null,
      estimate: estimate(planned.length, lines, await verifiedAt(ports, source, ledger)),
    };
  }

  /** One page of a plan or of a combined diff, from 0. */
  async function readPlan({ ref, page }: { readonly ref: string; readonly page: number }) {
    const { windows } = await readList(ports, ref);
    return windows.slice(page * WINDOWS_PER_PAGE, (page + 1) * WINDOWS_PER_PAGE);
  }

  /** Adds the diffs of some windows to what earlier calls combined. */
  async function combineDiffs({ source, diffs, earlier }: CombineDiffsInput): Promise<CombinedDiff> {
    const before = earlier === null ? [] : (await readList(ports, earlier.ref)).windows;
    const found = await mapSome(diffs, AT_ONCE, ({ expect }) =>
      readJson<WindowDiff>(ports.store, expect, 'the diff of a window'),
    );
    const totals = found.reduce<DiffTotals>(addDiff, earlier?.totals ?? { lines: 0, tables: {} });
    const windows = [...before, ...diffs];
    return { ref: await keepList(ports, 'diff', { source, windows, totals }), windows: windows.length, totals };
  }

  return { planBackfill, readPlan, combineDiffs };
}

function keepList(ports: Needs, kind: 'plan' | 'diff', windows: Omit<WindowList, 'formatVersion'>): Promise<string> {
  const list: WindowList = { formatVersion: FORMAT_VERSION, ...windows };
  return keepJson(ports.store, list, (sha256) => backfillKey(list.source, kind, sha256));
}

const readList = (ports: Needs, ref: string): Promise<WindowList> =>
  readJson(ports.store, ref, 'a list of windows to run');

/** Those of judged windows of which other code than today's made an entry. */
async function judgedOtherwise(
  ports: Needs,
  entries: LedgerEntries,
  judged: readonly Window[],
  today: string,
): Promise<readonly Window[]> {
  const isOld = await mapSome(judged, AT_ONCE, async (window) => {
    const manifests = await Promise.all(entriesOf(entries, window).map((entry) => readManifest(ports, entry)));
    return manifests.some(({ code }) => codeWord(code) !== today);
  });
  return judged.filter((_, i) => isOld[i]);
}

/** Those of windows in order of which something is pending, however many answers that takes. */
async function pendingOf(ports: Needs, source: Source, wanted: readonly Window[]): Promise<readonly Window[]> {
  const pending = new Set<Window>();
  const to = wanted.at(-1);
  for (let from = wanted[0]; from !== undefined && to !== undefined;) {
    throwIfCancelled();
    const { windows, more } = await pendingWindows(ports, { source, from, to });
    for (const window of windows) pending.add(window);
    from = more ? windows.at(-1) : undefined;
  }
  return wanted.filter((window) => pending.has(window));
}

/** The entries that judged the seals of a window last. */
const entriesOf = (entries: LedgerEntries, window: Window): readonly LedgerEntry[] =>
  [...new Set([...entries.sealsOf(window)].map(([, n]) => n))].flatMap((n) => entries.at(n) ?? []);

async function rangeOf(
  ports: Needs,
  asked: BackfillSettings,
  entries: LedgerEntries,
): Promise<(window: Window) => boolean> {
  const { receivedFrom, receivedTo, eventFrom, eventTo, windows } = asked;
  if (windows !== undefined) return (window) => windows.includes(window);
  if (eventFrom === undefined && eventTo === undefined) return (window) => isBetween(window, receivedFrom, receivedTo);
  const holdsRows = ({ days }: Manifest): boolean => days.some(({ date }) => isBetween(date, eventFrom, eventTo));
  const touched = new Set<Window>();
  await mapSome([...entries.windows()], AT_ONCE, async (window) => {
    for (const entry of entriesOf(entries, window))
      if (holdsRows(await readManifest(ports, entry))) touched.add(window);
  });
  const receipt = receiptOf(eventFrom, eventTo);
  const hasUndated = (window: Window): boolean => {
    const judged = entriesOf(entries, window);
    return judged.length === 0 || judged.some(({ counts }) => counts.quarantined > 0);
  };
  return (window) => touched.has(window) || (isBetween(window, receipt.from, receipt.to) && hasUndated(window));
}

/** When the last ledger entries were verified: how fast windows went. */
async function verifiedAt(ports: Needs, source: Source, ledger: LedgerView): Promise<readonly number[]> {
  const { version } = ledger.state;
  const after = version < RECORDED ? undefined : verifiedKey(source, version - RECORDED);
  const times: number[] = [];
  for await (const { modifiedMs } of ports.store.list(verifiedPrefix(source), after)) times.push(modifiedMs);
  return times;
}
