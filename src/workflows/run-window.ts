/** Runs a window through its one child, whoever else runs it: what `etl` and `live` have in common. */
import {
  ApplicationFailure,
  ParentClosePolicy,
  getExternalWorkflowHandle,
  type ChildWorkflowOptions,
  proxyActivities,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { EtlActivities } from '../activities/index.ts';
import { type Counts, NO_COUNTS } from '../domain/counts.ts';
import type { Source } from '../domain/layout.ts';
import type { Window } from '../domain/window.ts';
import { type EtlWindowResult, againSignal, etlWindow } from './etl-window.ts';
import { QUICK, WINDOWS_AT_ONCE } from './policies.ts';

const { pendingOf } = proxyActivities<EtlActivities>({ ...QUICK });

/** The clock that dates a message may be ahead of Temporal's. */
const CLOCK_SKEW_MS = 60_000;
const FIRST_WAIT_MS = 1_000;
const LAST_WAIT_MS = 30_000;
/** Looks at a window that another run works on, about three hours: each is some events of this run's history. */
const LOOKS = 360;

/** What a caller may say of the child: what its own cancellation means, how urgent it is. */
type ChildOptions = Pick<ChildWorkflowOptions, 'cancellationType' | 'priority'>;

/** Works on windows, some at a time, in order. */
export async function eachOf<T>(
  windows: readonly T[],
  work: (window: T, left: number) => Promise<void>,
): Promise<void> {
  const queue = [...windows];
  const lane = async (): Promise<void> => {
    for (let window = queue.shift(); window !== undefined; window = queue.shift()) await work(window, queue.length);
  };
  await Promise.all(Array.from({ length: Math.min(WINDOWS_AT_ONCE, windows.length) }, lane));
}

/** Runs one window as a child that outlives this run; undefined when a run of it is going on. Throws what the child failed with. */
export async function tryWindow(
  source: Source,
  window: Window,
  options: ChildOptions = {},
): Promise<EtlWindowResult | undefined> {
  try {
    const child = await startChild(etlWindow, {
      ...options,
      workflowId: runIdOf(source, window),
      args: [{ source, window }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `${source} ${window}`,
    });
    return await child.result();
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
}

const runIdOf = (source: Source, window: Window): string => `etl/${source}/${window}`;

/**
 * Runs one window as a child that outlives this run. Where one runs already it is asked to go round again; then we wait until
 * nothing is pending that was received by now (what comes later never ends where messages do not pause), or until it ended and a
 * child of our own can run. Throws what the child failed with, and a failure of its own where the other run does not end in hours.
 */
export async function runWindow(source: Source, window: Window, options: ChildOptions = {}): Promise<Counts> {
  const workflowId = runIdOf(source, window);
  const landedBy = Date.now() + CLOCK_SKEW_MS;
  let asked = false;
  for (let look = 0, wait = FIRST_WAIT_MS; look < LOOKS; look += 1, wait = Math.min(2 * wait, LAST_WAIT_MS)) {
    const result = await tryWindow(source, window, options);
    if (result !== undefined) return result.counts;
    if (!asked) asked = await askAgain(workflowId);
    await sleep(wait, { summary: `wait for the run of ${window}` });
    const pending = await pendingOf.executeWithOptions({ summary: `what is left of ${source} ${window}` }, [
      { source, window, landedBy },
    ]);
    if (asked && Object.values(pending).every((n) => n === 0)) return NO_COUNTS;
  }
  throw stuck(workflowId);
}

/** Another run holds what we wait for, and does not end: whoever looks at it sees what it waits for. */
export const stuck = (workflowId: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `another run, ${workflowId}, has been at work for hours: its page in Temporal says on what; it goes on by itself once that is mended`,
    'StillRunning',
  );

/** Signals the running child; false when it is gone meanwhile. */
async function askAgain(workflowId: string): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(againSignal);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** The SDK has no class for it: a refused signal is an application failure whose type is the server's cause. */
export const isGone = (error: unknown): boolean =>
  error instanceof ApplicationFailure && error.type === 'ExternalWorkflowExecutionNotFound';

/** The innermost cause, which says what happened. */
export function causeOf(error: unknown): string {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return cause instanceof Error ? cause.message : String(cause);
}
