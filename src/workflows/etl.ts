/** etl: finds what is pending, by listing the store, and runs each window as a child of its own. */
import {
  ApplicationFailure,
  ParentClosePolicy,
  continueAsNew,
  getExternalWorkflowHandle,
  proxyActivities,
  setCurrentDetails,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { EtlActivities } from '../activities/index.ts';
import { type Counts, NO_COUNTS, addCounts } from '../domain/counts.ts';
import { type EtlInput, readEtlInput, sourcesOf } from '../domain/inputs.ts';
import type { Source } from '../domain/layout.ts';
import type { Window } from '../domain/window.ts';
import { againSignal, etlWindow } from './etl-window.ts';
import { readOrFail } from './input-failure.ts';
import { QUICK, WINDOWS_AT_ONCE } from './policies.ts';

const { listPending, pendingOf } = proxyActivities<EtlActivities>({ ...QUICK });

export interface EtlResult {
  readonly windows: number;
  readonly counts: Counts;
}

interface Tally {
  windows: number;
  counts: Counts;
  readonly failed: string[];
}

/**
 * Runs `{source, window}`, a range `{from, to}`, or with `{}` everything pending. A failed window does not stop the rest;
 * the run then fails and names it, and the next run finds it pending again.
 */
export async function etl(input?: EtlInput): Promise<EtlResult> {
  const asked = readOrFail(() => readEtlInput(input));
  const tally: Tally = { windows: 0, counts: NO_COUNTS, failed: [] };
  for (const source of sourcesOf(asked)) {
    if (asked.window !== undefined) {
      await runAll(source, [asked.window], tally);
      continue;
    }
    const { windows, more } = await listPending({
      source,
      ...(asked.from === undefined ? {} : { from: asked.from }),
      ...(asked.to === undefined ? {} : { to: asked.to }),
    });
    await runAll(source, windows, tally);
    const last = windows.at(-1);
    if (more && last !== undefined && tally.failed.length === 0)
      await continueAsNew<typeof etl>({ ...asked, from: last });
  }
  if (tally.failed.length > 0) {
    throw ApplicationFailure.nonRetryable(
      `${tally.failed.length} of ${tally.windows} windows failed: ${tally.failed.slice(0, 10).join('; ')}. What they hold is safe in raw; mend the cause and start etl again.`,
      'WindowsFailed',
    );
  }
  show(tally, 'done');
  return { windows: tally.windows, counts: tally.counts };
}

/** Runs windows, some at a time, in order. */
async function runAll(source: Source, windows: readonly Window[], tally: Tally): Promise<void> {
  const queue = [...windows];
  const lane = async (): Promise<void> => {
    for (let window = queue.shift(); window !== undefined; window = queue.shift()) {
      show(tally, `${source} ${window}, ${queue.length} more`);
      try {
        tally.counts = addCounts(tally.counts, await runWindow(source, window));
      } catch (error) {
        tally.failed.push(`${source} ${window}: ${causeOf(error)}`);
      }
      tally.windows += 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(WINDOWS_AT_ONCE, windows.length) }, lane));
}

const FIRST_WAIT_MS = 1_000;
const LAST_WAIT_MS = 30_000;

/**
 * Runs one window as a child that outlives this run. Where one runs already it is asked to go round again; then we wait until
 * nothing of the window is pending, or until it ended and a child of our own can run.
 */
async function runWindow(source: Source, window: Window): Promise<Counts> {
  const workflowId = `etl/${source}/${window}`;
  let asked = false;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LAST_WAIT_MS)) {
    try {
      const child = await startChild(etlWindow, {
        workflowId,
        args: [{ source, window }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `${source} ${window}`,
      });
      return (await child.result()).counts;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    if (!asked) asked = await askAgain(workflowId);
    await sleep(wait, { summary: `wait for the run of ${window}` });
    const pending = await pendingOf({ source, window });
    if (asked && Object.values(pending).every((n) => n === 0)) return NO_COUNTS;
  }
}

/** Signals the running child; false when it is gone meanwhile. */
async function askAgain(workflowId: string): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(againSignal);
    return true;
  } catch (error) {
    if (error instanceof ApplicationFailure || (error as Error).name === 'ExternalWorkflowExecutionNotFound')
      return false;
    if (/not found/i.test((error as Error).message)) return false;
    throw error;
  }
}

/** The innermost cause, which says what happened. */
function causeOf(error: unknown): string {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return cause instanceof Error ? cause.message : String(cause);
}

function show(tally: Tally, now: string): void {
  const { received, enriched, duplicates, quarantined } = tally.counts;
  setCurrentDetails(
    `**${now}**\n\n${tally.windows} windows, ${received} received = ${enriched} enriched + ${duplicates} duplicates + ${quarantined} quarantined` +
      (tally.failed.length === 0
        ? ''
        : `\n\nFailed:\n${tally.failed
            .slice(0, 20)
            .map((line) => `- ${line}`)
            .join('\n')}`),
  );
}
