/** What is not done, read from the store: the truth behind `etl {}`, `status` and every wait. */
import { attempts } from '../adapters/object-store/put.ts';
import type { ReportDefinition } from '../domain/kpi/report.ts';
import { type Source, parseRawKey, parseSealName, sealName } from '../domain/layout.ts';
import type { Seal } from '../domain/seal.ts';
import { type WindowRange, daysToLookAt, inRange } from '../domain/settled.ts';
import type { Window } from '../domain/window.ts';
import { parkedWindows } from './attention.ts';
import { rawDays, readDay, settledDays } from './day.ts';
import { publishedAs, readLedger, verifiedVersions } from './ledger-view.ts';
import { type Ports, contractOf } from './ports.ts';
import { lastReported } from './report.ts';
import { listRaw, readSeals } from './seal-window.ts';
import type { PendingWork, WindowInput } from './types.ts';

type Needs = Pick<Ports, 'store' | 'logs' | 'contracts' | 'log' | 'now'>;

/** First and last window to look at, inclusive; absent: all that there are. */
export interface ListPendingInput extends WindowRange {
  readonly source: Source;
  /**
   * Whether windows that need a person are among the answer; absent: only where a range is given. True: also those of which another
   * run has done all there was meanwhile, for only a run of their own says that they need nobody any more.
   */
  readonly parked?: boolean;
}

export interface PendingOfInput extends WindowInput {
  /** Milliseconds: what was received later is not meant; absent: all. */
  readonly landedBy?: number;
}

export interface ListPendingResult {
  readonly windows: readonly Window[];
  /** Windows that were left out because they need a person, and this code gave up on them before. */
  readonly leftOut: number;
  /** True when there are more than one answer holds. */
  readonly more: boolean;
}

/** Windows in one answer: 13 characters each, well under the payload limit. */
const WINDOWS_PER_CALL = 300;
const DAYS_AT_ONCE = 4;

/** Builds the activities. `markOf` is the mark of this process's code: windows that it gave up on are left out; absent: none are. */
export function createPending(
  ports: Needs,
  reports: ReadonlyMap<Source, ReportDefinition>,
  markOf?: (source: Source) => string,
) {
  async function pendingOf({ landedBy = Infinity, ...input }: PendingOfInput): Promise<PendingWork> {
    contractOf(ports, input.source);
    const isMeant = (key: string): boolean => (parseRawKey(key)?.openedAtMs ?? 0) <= landedBy;
    const [open, seals, raw] = await Promise.all([
      openSeals(ports, reports, input.source),
      readSeals(ports, input),
      listRaw(ports, input),
    ]);
    return workLeft(
      raw.map(({ key }) => key).filter(isMeant),
      seals.filter(({ objects }) => objects.some(({ key }) => isMeant(key))),
      open,
    );
  }

  async function listPending({ source, parked, ...range }: ListPendingInput): Promise<ListPendingResult> {
    contractOf(ports, source);
    const open = await openSeals(ports, reports, source);
    // An entry that is not verified or reported says by itself that its window is pending, settled day or not.
    const pending = new Set([...open.unverified, ...open.unreported].map((name) => parseSealName(name).window));
    const [days, settled] = await Promise.all([rawDays(ports, source), settledDays(ports, source)]);
    const candidates = daysToLookAt(days, new Set(settled.keys()), ports.now(), range);
    const isWhole = range.from === undefined && range.to === undefined;
    const givenUp = await parkedWindows(ports, source);
    const mark = markOf?.(source);
    const isLeftOut = (window: Window): boolean =>
      !(parked ?? !isWhole) && mark !== undefined && givenUp.get(window)?.code === mark;
    if (parked === true) for (const window of givenUp.keys()) pending.add(window);
    for (let i = 0; i < candidates.length; i += DAYS_AT_ONCE) {
      const some = candidates.slice(i, i + DAYS_AT_ONCE);
      const found = await Promise.all(some.map((day) => readDay(ports, source, day)));
      for (const windows of found)
        for (const [window, { raw, seals }] of windows) if (isPending(workLeft(raw, seals, open))) pending.add(window);
      const before = `${some.at(-1) ?? ''}T99`;
      const answered = [...pending].filter((window) => window < before && inRange(window, range) && !isLeftOut(window));
      // Those that come later in time would not be answered anyway.
      if (answered.length > WINDOWS_PER_CALL) break;
    }
    const all = [...pending].filter((window) => inRange(window, range)).sort();
    const windows = all.filter((window) => !isLeftOut(window));
    // A look at a range says nothing of the rest.
    if (isWhole) ports.log.info('pending.listed', { source, windows: windows.length, parked: givenUp.size });
    return {
      windows: windows.slice(0, WINDOWS_PER_CALL),
      leftOut: all.length - windows.length,
      more: windows.length > WINDOWS_PER_CALL,
    };
  }

  return { pendingOf, listPending };
}

/** The ledger, with the seals whose entry is not verified, or in no report yet. */
export async function openSeals(ports: Needs, reports: ReadonlyMap<Source, ReportDefinition>, source: Source) {
  const ledger = await readLedger(ports, source);
  const verified = await attempts(() => verifiedVersions(ports, source));
  const definition = reports.get(source);
  const reported =
    definition === undefined ? ledger.state.version : await attempts(() => lastReported(ports, source, definition));
  const sealsFrom = (first: number, isOpen: (n: number) => boolean): ReadonlySet<string> =>
    new Set(ledger.commits.slice(first).flatMap(({ seals }, i) => (isOpen(first + i) ? seals : [])));
  return {
    ledger,
    unverified: sealsFrom(verified.upTo + 1, (n) => !verified.has(n)),
    unreported: sealsFrom(reported + 1, () => true),
  };
}

/** What is left to do about the raw objects and seals of a window. */
export function workLeft(
  raw: readonly string[],
  seals: readonly Seal[],
  { ledger, unverified, unreported }: Awaited<ReturnType<typeof openSeals>>,
): PendingWork {
  const sealed = new Set(seals.flatMap((seal) => seal.objects.map((object) => object.key)));
  const names = seals.map((seal) => sealName(seal.id));
  return {
    unsealed: raw.filter((key) => !sealed.has(key)).length,
    unpublished: names.filter((name) => publishedAs(ledger, name, 0) === undefined).length,
    unverified: names.filter((name) => unverified.has(name)).length,
    unreported: names.filter((name) => unreported.has(name)).length,
  };
}

/** True when anything is left to do. */
export const isPending = (work: PendingWork | undefined): boolean =>
  work !== undefined && work.unsealed + work.unpublished + work.unverified + work.unreported > 0;
