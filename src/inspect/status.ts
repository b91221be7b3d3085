/** What is pending or failed, since when, why, and what to do next: facts and sentences for terminal and pages. */
import { messageOf } from '../domain/errors.ts';
import type { Source } from '../domain/layout.ts';
import { windowName } from '../domain/parked.ts';
import { windowEnd } from '../domain/window.ts';
import { type Schedules, lookAtSchedules } from '../wiring/apply-schedules.ts';
import type { Config } from '../wiring/config.ts';
import { type Readers, openReaders } from '../wiring/ports.ts';
import { withClient } from '../wiring/temporal.ts';
import { counted } from './counted.ts';
import { type SourceStatus, sourceStatus } from './store-status.ts';
import { type Retrying, type WaitingLane, findRetrying, waitingLanes } from './temporal-status.ts';

export interface Status {
  /** False when something needs a person; `problems` says what, and what to do. */
  readonly well: boolean;
  readonly problems: readonly string[];
  readonly sources: Readonly<Record<Source, SourceStatus>>;
  readonly retrying: readonly Retrying[];
  /** What the runs that bring a source forward wait for. */
  readonly waiting: readonly WaitingLane[];
  readonly schedules: Schedules | null;
  /** What could not be found out, and why. */
  readonly missing: readonly string[];
}

/** A window's hour is over for so long and it is still not done: nobody works on it. */
const LATE_MS = 3 * 3_600_000;
/** Behind for longer than this, a projection does not come forward by itself: at work it takes seconds, a merge or a long backfill minutes. */
const LAG_MS = 15 * 60_000;
/** Passing faults pass sooner. */
const MANY_ATTEMPTS = 8;

/** Asks the store, then Temporal. What does not answer is named; the rest is answered. `readers`: those of who asks often; absent: its own, once. */
export async function status(config: Config, now: number, readers?: Readers): Promise<Status> {
  const missing: string[] = [];
  const problems: string[] = [];
  const tell = (what: string) => (error: unknown) => {
    problems.push(`${what}: ${messageOf(error)}`);
    missing.push(what);
  };
  const sources: Record<Source, SourceStatus> = {};
  await readSources(config, readers, { sources, missing }).catch(tell('what the store holds'));
  let retrying: readonly Retrying[] = [];
  const waiting: WaitingLane[] = [];
  let schedules: Schedules | null = null;
  await withClient(config, async (client) => {
    retrying = await findRetrying(client, config.CHATLAKE_TASK_QUEUE);
    schedules = await lookAtSchedules(client, config.CHATLAKE_TASK_QUEUE);
    for (const source of Object.keys(sources))
      await waitingLanes(client, source).then(
        (lanes) => void waiting.push(...lanes),
        (error: unknown) => void missing.push(`what forward/${source} waits for: ${messageOf(error)}`),
      );
  }).catch(tell('what Temporal is doing'));
  const found = { sources, retrying, waiting, schedules };
  problems.push(...sourceProblems(found, now), ...temporalProblems(found));
  return { well: problems.length === 0, problems, ...found, missing };
}

async function readSources(
  config: Config,
  readers: Readers | undefined,
  { sources, missing }: { readonly sources: Record<Source, SourceStatus>; readonly missing: string[] },
): Promise<void> {
  const { ports, close } =
    readers === undefined ? await openReaders(config) : { ports: readers, close: () => Promise.resolve() };
  try {
    for (const contract of ports.contracts.values())
      sources[contract.source] = await sourceStatus(ports, contract, missing);
  } finally {
    await close();
  }
}

type Found = Pick<Status, 'sources' | 'retrying' | 'waiting' | 'schedules'>;

/** What of the sources needs a person at `now`, milliseconds since the epoch. */
export function sourceProblems(
  { sources, waiting }: Pick<Found, 'sources' | 'waiting'>,
  now: number,
): readonly string[] {
  const problems: string[] = [];
  for (const [source, { parked, parkedWindows, pending, lag, refused }] of Object.entries(sources)) {
    for (const { window, since, step, reason, next } of parked)
      problems.push(`${windowName(source, window)} needs a person since ${since}: ${step} failed: ${reason}; ${next}`);
    if (parkedWindows > parked.length)
      problems.push(`${parkedWindows - parked.length} more windows of ${source} need a person: chatlake replay --all`);
    const isParked = parked.some(({ window }) => window === pending.oldest);
    if (pending.oldest !== null && !isParked && now - windowEnd(pending.oldest) > LATE_MS)
      problems.push(
        `${windowName(source, pending.oldest)} is not done although its hour is long over: look whether a worker runs and etl-${source} is not paused, then chatlake replay --all`,
      );
    const isWaiting = waiting.some((lane) => lane.source === source);
    if (lag.oldest !== null && now - Date.parse(lag.oldest.decidedAt) > LAG_MS)
      problems.push(
        `${behind(lag)} of ${source} behind the ledger since ${lag.oldest.decidedAt}: ${isWaiting ? `mend what forward/${source} waits for (below)` : `look whether a worker runs, then start the workflow etl with {"source":"${source}"}`}; what is decided is safe, and it goes on from where it is`,
      );
    for (const { collection, count, first } of refused)
      problems.push(
        `MongoDB refuses ${counted(count, 'documents')} of ${collection} for good (such as ${first[0]?.entity ?? ''}: ${first[0]?.why ?? ''}): their rows are in the table; a contract that bounds the field, then a rebuild of their windows, makes them fit`,
      );
  }
  for (const { source, name, since, tries, why } of waiting)
    if (now - Date.parse(since) > LAG_MS)
      problems.push(
        `${name} of ${source} wait since ${since}, ${tries} tries: ${why}; they go on by themselves once this is mended`,
      );
  return problems;
}

function temporalProblems({ retrying, schedules }: Found): readonly string[] {
  const problems: string[] = [];
  for (const { workflowId, step, attempt, kind, reason } of retrying)
    if (kind === 'Setup' || kind === 'workflow' || attempt >= MANY_ATTEMPTS)
      problems.push(
        `${step} of ${workflowId} fails, attempt ${attempt}: ${reason}; it goes on by itself once this is mended`,
      );
  for (const { id, state } of schedules?.known ?? [])
    if (state !== 'same')
      problems.push(
        `schedule ${id} ${state === 'missing' ? 'is missing' : 'was edited'}: chatlake schedules diff, then apply`,
      );
  for (const { id, mend } of schedules?.unknown ?? [])
    problems.push(`schedule ${id} is not one of chatlake's: ${mend}`);
  return problems;
}

/** By how many decisions each projection is behind the ledger, in words. */
export function behind({ tables, documents, unverified, reports }: SourceStatus['lag']): string {
  const parts = { ...tables, documents: documents ?? 0, verification: unverified, reports };
  const late = Object.entries(parts).filter(([, n]) => n > 0);
  return late.length === 0 ? 'nothing' : late.map(([name, n]) => `${name} by ${n}`).join(', ');
}
