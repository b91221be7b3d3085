/** What is not done about windows, read from the store: the truth behind `etl {}`, `status` and every wait. */
import type { CodeVersion } from '../domain/formats/code.ts';
import { type Source, parseRawKey, sealName } from '../domain/formats/layout.ts';
import type { Seal } from '../domain/formats/seal.ts';
import { type WindowRange, daysToLookAt, inRange } from '../domain/formats/settled.ts';
import type { Window } from '../domain/window.ts';
import { rawDays, readDay, settledDays } from './days.ts';
import type { Lake } from './lake.ts';
import { type LedgerView, publishedAs, readLedger } from './ledger.ts';
import { isLeftAlone, parkedWindows } from './parked.ts';

type Needs = Pick<Lake, 'store' | 'logs' | 'log' | 'now'>;

/** First and last window to look at, inclusive; absent: all that there are. */
export interface PendingQuestion extends WindowRange {
  readonly source: Source;
  /** Whether windows that need a person are among the answer; absent: only where a range is given. */
  readonly parked?: boolean;
  /** Only windows that come later: where an earlier answer ended. */
  readonly after?: Window;
}

export interface PendingWindows {
  readonly windows: readonly Window[];
  /** Windows that were left out because they need a person. */
  readonly leftOut: number;
  /** True when there are more than one answer holds. */
  readonly more: boolean;
}

/** What is left to do about a window: raw objects in no seal, seals without a ledger entry. */
export interface PendingWork {
  readonly unsealed: number;
  readonly unpublished: number;
}

/** Windows in one answer: 13 characters each, well under the payload limit. */
export const WINDOWS_PER_CALL = 300;
const DAYS_AT_ONCE = 4;

/** The windows that are not published, in order. `code`: windows that it gave up on are left out; absent: none are. */
export async function pendingWindows(
  lake: Needs,
  { source, parked, after = '' as Window, ...range }: PendingQuestion,
  code?: CodeVersion,
): Promise<PendingWindows> {
  const ledger = await readLedger(lake, source);
  const [days, settled] = await Promise.all([rawDays(lake, source), settledDays(lake, source)]);
  const candidates = daysToLookAt(days, new Set(settled.keys()), lake.now(), range);
  const isWhole = range.from === undefined && range.to === undefined;
  const givenUp = await parkedWindows(lake, source);
  const isLeftOut = (window: Window): boolean =>
    !(parked ?? !isWhole) && code !== undefined && isLeftAlone(givenUp.get(window), code);
  const pending = new Set<Window>(parked === true ? givenUp.keys() : []);
  for (let i = 0; i < candidates.length; i += DAYS_AT_ONCE) {
    const some = candidates.slice(i, i + DAYS_AT_ONCE);
    for (const windows of await Promise.all(some.map((day) => readDay(lake, source, day))))
      for (const [window, { raw, seals }] of windows) if (isPending(workLeft(raw, seals, ledger))) pending.add(window);
    const before = `${some.at(-1) ?? ''}T99`;
    const answered = [...pending].filter(
      (window) => window > after && window < before && inRange(window, range) && !isLeftOut(window),
    );
    // Those that come later in time would not be answered anyway.
    if (answered.length > WINDOWS_PER_CALL) break;
  }
  const all = [...pending].filter((window) => window > after && inRange(window, range)).sort();
  const windows = all.filter((window) => !isLeftOut(window));
  // A look at a range says nothing of the rest.
  if (isWhole) lake.log.info('pending.listed', { source, windows: windows.length, parked: givenUp.size });
  return {
    windows: windows.slice(0, WINDOWS_PER_CALL),
    leftOut: all.length - windows.length,
    more: windows.length > WINDOWS_PER_CALL,
  };
}

/** What is left to do about the raw objects and seals of a window; what chatlake did not write is no message. */
export function workLeft(raw: readonly string[], seals: readonly Seal[], ledger: LedgerView): PendingWork {
  const sealed = new Set(seals.flatMap((seal) => seal.objects.map((object) => object.key)));
  return {
    unsealed: raw.filter((key) => !sealed.has(key) && parseRawKey(key) !== undefined).length,
    unpublished: seals.filter(({ id }) => publishedAs(ledger, sealName(id), 0) === undefined).length,
  };
}

/** True when anything is left to do. */
export const isPending = ({ unsealed, unpublished }: PendingWork): boolean => unsealed + unpublished > 0;
