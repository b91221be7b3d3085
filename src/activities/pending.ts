/** What is not done, read from the store: the truth behind `etl {}`, `status` and every wait. */
import { attempts } from '../adapters/object-store/put.ts';
import type { ReportDefinition } from '../domain/kpi/report.ts';
import { type Source, parseSealName, rawDayPrefix, rawSourcePrefix, sealName } from '../domain/layout.ts';
import { type Window, parseWindow } from '../domain/window.ts';
import { parkedWindows } from './attention.ts';
import { publishedAs, readLedger, verifiedVersions } from './ledger-view.ts';
import { type Ports, contractOf } from './ports.ts';
import { lastReported } from './report.ts';
import { listRaw, readSeals } from './seal-window.ts';
import type { PendingWork, WindowInput } from './types.ts';

type Needs = Pick<Ports, 'store' | 'logs' | 'contracts' | 'log'>;

export interface ListPendingInput {
  readonly source: Source;
  /** First and last window to look at, inclusive; absent: all that there are. */
  readonly from?: Window;
  readonly to?: Window;
  /** Whether windows that need a person are among the answer; absent: only where a range is given. */
  readonly parked?: boolean;
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
const AT_ONCE = 8;

/** Builds the activities. `markOf` is the mark of this process's code: windows that it gave up on are left out; absent: none are. */
export function createPending(
  ports: Needs,
  reports: ReadonlyMap<Source, ReportDefinition>,
  markOf?: (source: Source) => string,
) {
  async function pendingOf(input: WindowInput): Promise<PendingWork> {
    contractOf(ports, input.source);
    return pendingIn(input, await openSeals(input.source));
  }

  /** Seals whose ledger entry is not verified, or in no report yet, with the ledger itself. */
  async function openSeals(source: Source) {
    const ledger = await readLedger(ports, source);
    const verified = await attempts(() => verifiedVersions(ports, source));
    const definition = reports.get(source);
    const reported =
      definition === undefined ? ledger.state.version : await attempts(() => lastReported(ports, definition));
    const sealsOf = (isOpen: (n: number) => boolean): readonly string[] =>
      ledger.commits.filter((_, n) => isOpen(n)).flatMap((commit) => commit.seals);
    return { ledger, unverified: sealsOf((n) => !verified.has(n)), unreported: sealsOf((n) => n > reported) };
  }

  async function pendingIn(
    input: WindowInput,
    { ledger, unverified, unreported }: Awaited<ReturnType<typeof openSeals>>,
  ): Promise<PendingWork> {
    const [seals, raw] = await Promise.all([readSeals(ports, input), listRaw(ports, input)]);
    const sealed = new Set(seals.flatMap((seal) => seal.objects.map((object) => object.key)));
    const names = new Set(seals.map((seal) => sealName(seal.id)));
    return {
      unsealed: raw.filter((object) => !sealed.has(object.key)).length,
      unpublished: [...names].filter((name) => publishedAs(ledger, name, 0) === undefined).length,
      unverified: unverified.filter((name) => names.has(name)).length,
      unreported: unreported.filter((name) => names.has(name)).length,
    };
  }

  async function listPending({ source, from, to, parked }: ListPendingInput): Promise<ListPendingResult> {
    contractOf(ports, source);
    const leavesOut = !(parked ?? (from !== undefined || to !== undefined)) && markOf !== undefined;
    const givenUp = leavesOut ? await parkedWindows(ports, source) : undefined;
    const mark = markOf?.(source);
    const isLeftOut = (window: Window): boolean => givenUp !== undefined && givenUp.get(window)?.code === mark;
    const facts = await openSeals(source);
    const inRange = (window: Window): boolean =>
      (from === undefined || window >= from) && (to === undefined || window <= to);
    const received = await attempts(() => windowsWithRaw(ports, source));
    const all = new Set([
      ...received,
      ...[...facts.unverified, ...facts.unreported].map((name) => parseSealName(name).window),
    ]);
    const inQuestion = [...all].filter(inRange).sort();
    const candidates = inQuestion.filter((window) => !isLeftOut(window));
    const windows: Window[] = [];
    for (let i = 0; i < candidates.length && windows.length <= WINDOWS_PER_CALL; i += AT_ONCE) {
      const some = candidates.slice(i, i + AT_ONCE);
      const work = await Promise.all(some.map((window) => pendingIn({ source, window }, facts)));
      windows.push(...some.filter((_, j) => isPending(work[j])));
    }
    const leftOut = inQuestion.length - candidates.length;
    // A look at a range says nothing of the rest.
    if (from === undefined && to === undefined)
      ports.log.info('pending.listed', { source, windows: windows.length, parked: leftOut });
    return { windows: windows.slice(0, WINDOWS_PER_CALL), leftOut, more: windows.length > WINDOWS_PER_CALL };
  }

  return { pendingOf, listPending };
}

/** True when anything is left to do. */
export const isPending = (work: PendingWork | undefined): boolean =>
  work !== undefined && work.unsealed + work.unpublished + work.unverified + work.unreported > 0;

/** Every window that has raw objects, by listing folders, not by computing hours. */
export async function windowsWithRaw(ports: Pick<Ports, 'store' | 'log'>, source: Source): Promise<readonly Window[]> {
  const windows: Window[] = [];
  for await (const day of ports.store.folders(rawSourcePrefix(source))) {
    const date = day.replace(/^date=|\/$/g, '');
    for await (const hour of ports.store.folders(rawDayPrefix(source, date))) {
      const window = parseWindow(`${date}T${hour.replace(/^hour=|\/$/g, '')}`);
      if (window !== undefined) windows.push(window);
      else ports.log.warn('raw.stray', { folder: `${rawDayPrefix(source, date)}${hour}` });
    }
  }
  return windows;
}
