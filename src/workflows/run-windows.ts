/** Runs windows, each through its one child, whoever else runs it: what `etl`, `closeDay`, `replayFailed`, `backfill` and `live` have in common. */
import {
  ApplicationFailure,
  CancellationScope,
  type ChildWorkflowOptions,
  ParentClosePolicy,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { WindowOfSource } from '../domain/inputs/replay-failed.ts';
import { type EtlWindowResult, etlWindow } from './etl-window.ts';
import { needsAttention } from './park.ts';

/** What a caller may say of the children: what its own cancellation means, how urgent they are. */
type ChildOptions = Pick<ChildWorkflowOptions, 'cancellationType' | 'priority'>;

export interface RunOptions {
  /** Also windows that need a person. */
  readonly parked: boolean;
  /** Wait for another run of the window to end, then run it; false: leave it to that run. */
  readonly waitForOthers: boolean;
  readonly child?: ChildOptions;
}

/** How one window ended: with what its run answered, with why it failed, or with neither: another run is at work. */
export interface WindowEnd extends WindowOfSource {
  readonly result?: EtlWindowResult;
  readonly why?: string;
  /** It failed, or was left alone, because trying again cannot help. */
  readonly needsPerson?: boolean;
}

const FIRST_WAIT_MS = 500;
const LAST_WAIT_MS = 30_000;
/** Looks for another run's end, about three hours: each is some events of this run's history. */
const LOOKS = 360;

/** Works on items, some at a time, in the order in which `take` gives them, until it gives none. */
export async function inLanes<T>(
  atOnce: number,
  take: () => T | undefined | Promise<T | undefined>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const lane = async (): Promise<void> => {
    for (let item = await take(); item !== undefined; item = await take()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** Runs one window. Throws only where this run was cancelled: a window that fails is told, and stops nobody. */
export async function runWindow(one: WindowOfSource, options: RunOptions): Promise<WindowEnd> {
  const { source, window } = one;
  try {
    for (let look = 0, wait = FIRST_WAIT_MS; look < LOOKS; look += 1, wait = Math.min(2 * wait, LAST_WAIT_MS)) {
      const result = await tryWindow(one, options);
      if (result !== undefined)
        return { ...one, result, ...(result.outcome === 'parked' ? { needsPerson: true } : {}) };
      if (!options.waitForOthers) return one;
      await sleep(wait, { summary: `another run is at work on ${window}` });
    }
    throw stuck(idOf(one));
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    return { source, window, why: causeOf(error), ...(needsAttention(error) ? { needsPerson: true } : {}) };
  }
}

/** Runs one window as a child that outlives this run; undefined when a run of it is going on. Throws what the child failed with. */
async function tryWindow(
  one: WindowOfSource,
  { parked, child: options = {} }: RunOptions,
): Promise<EtlWindowResult | undefined> {
  const { source, window } = one;
  try {
    const child = await startChild(etlWindow, {
      ...options,
      workflowId: idOf(one),
      args: [{ source, window, ...(parked ? {} : { parked }) }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `${source} ${window}`,
    });
    return await child.result();
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
}

const idOf = ({ source, window }: WindowOfSource): string => `etl/${source}/${window}`;

/** Another run holds what we wait for, and does not end: whoever looks at it sees what it waits for. */
export const stuck = (workflowId: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `another run, ${workflowId}, has been at work for hours: its page in Temporal says on what; it goes on by itself once that is mended`,
    'StillRunning',
  );

/** The SDK has no class for it: a refused signal is an application failure whose type is the server's cause. */
export const isGone = (error: unknown): boolean =>
  error instanceof ApplicationFailure && error.type === 'ExternalWorkflowExecutionNotFound';

/** The innermost cause, which says what happened. */
export function causeOf(error: unknown): string {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return cause instanceof Error ? cause.message : String(cause);
}
