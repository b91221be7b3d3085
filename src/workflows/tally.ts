/** A plan of windows run some at a time, and what became of them; then what was decided is waited for. */
import { ApplicationFailure, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Forwarded } from '../activities/forward/await-forward.ts';
import type { EtlActivities } from '../activities/index.ts';
import { type Counts, NO_COUNTS, addCounts, countsLine } from '../domain/counts.ts';
import type { WindowOfSource } from '../domain/inputs/replay-failed.ts';
import type { Source } from '../domain/formats/layout.ts';
import { windowName } from '../domain/formats/parked.ts';
import { LOCAL, WAIT, WINDOWS_AT_ONCE } from './policies.ts';
import { type RunOptions, type WindowEnd, inLanes, runWindow } from './run-windows.ts';

const { awaitForward } = proxyActivities<EtlActivities>({ ...WAIT });
const { wakeForward } = proxyLocalActivities<EtlActivities>({ ...LOCAL });

/** What a run has done so far; small enough to be carried when it continues as new. */
export interface Tally {
  windows: number;
  counts: Counts;
  failed: number;
  /** The first that failed, and why. */
  failures: readonly { readonly window: string; readonly why: string }[];
}

const NAMED = 20;
const WHY_LENGTH = 300;
/** Longer than a projection waits before it tries again. */
const PATIENCE_MS = 90_000;

/** A tally of nothing yet. */
export const newTally = (): Tally => ({ windows: 0, counts: NO_COUNTS, failed: 0, failures: [] });

/** Runs windows and counts them; `ended` is told of each, with how many are left. */
export async function runPlan(
  windows: readonly WindowOfSource[],
  options: RunOptions,
  tally: Tally,
  ended: (end: WindowEnd, left: number) => void,
): Promise<void> {
  const queue = [...windows];
  await inLanes(
    Math.min(WINDOWS_AT_ONCE, windows.length),
    () => queue.shift(),
    async (one) => {
      const end = await runWindow(one, options);
      count(tally, end);
      ended(end, queue.length);
    },
  );
}

function count(tally: Tally, { source, window, result, why }: WindowEnd): void {
  tally.windows += 1;
  if (result !== undefined) tally.counts = addCounts(tally.counts, result.counts);
  if (why === undefined) return;
  tally.failed += 1;
  if (tally.failures.length < NAMED)
    tally.failures = [...tally.failures, { window: windowName(source, window), why: why.slice(0, WHY_LENGTH) }];
}

/** Wakes what follows the ledger and waits for it, as long as something moves; says what is behind then. */
export async function bringForward(source: Source): Promise<Forwarded> {
  await wakeForward({ source, isAwaited: true });
  return awaitForward.executeWithOptions({ summary: `tables, documents, proof and reports of ${source}` }, [
    { source, patienceMs: PATIENCE_MS },
  ]);
}

/** Fails the run when a window failed; `next` says what to do. */
export function failOnFailed({ failed, failures, windows }: Tally, next: string): void {
  if (failed === 0) return;
  const named = failures.slice(0, 10).map(({ window, why }) => `${window}: ${why}`);
  throw ApplicationFailure.nonRetryable(
    `${failed} of ${windows} windows failed: ${named.join('; ')}. What they hold is safe in raw; ${next}.`,
    'WindowsFailed',
  );
}

/** What is not forward yet, as lines for the person who looks; empty where everything is. */
export const behindText = (source: Source, { head, behind }: Forwarded): readonly string[] =>
  Object.entries(behind).map(
    ([what, why]) =>
      `- ${what} of ${source} are behind ledger version ${head} and not waited for: ${why}; forward/${source} goes on with them`,
  );

/** What is going on, for the person who looks. */
export function tallyText(tally: Tally, now: string, link: string): string {
  const failed = tally.failures.map(({ window, why }) => `- ${window}: ${why}`);
  return [
    `**${now}**`,
    `${tally.windows} windows, ${countsLine(tally.counts)}`,
    ...(tally.failed === 0 ? [] : [`Failed (${tally.failed}):\n${failed.join('\n')}`]),
    ...(link === '' ? [] : [link]),
  ].join('\n\n');
}
