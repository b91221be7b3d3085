/** backfill: a range of windows, run or rebuilt some at a time, while whoever started it looks on, pauses or cancels it. */
import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  continueAsNew,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Forwarded } from '../activities/forward/await-forward.ts';
import type { EtlActivities } from '../activities/index.ts';
import {
  type BackfillPlan,
  type CombinedDiff,
  type FailedWindow,
  type PlannedWindow,
  WINDOWS_PER_PAGE,
} from '../domain/plans/backfill.ts';
import { type Counts, addCounts } from '../domain/counts.ts';
import { type BackfillInput, type BackfillSettings, readBackfillInput } from '../domain/inputs/backfill.ts';
import { type Carried, type State, carriedOf, enter, openState, show } from './backfill-state.ts';
import type { Source } from '../domain/formats/layout.ts';
import type { Window } from '../domain/window.ts';
import { readOrFail } from './input-failure.ts';
import { BACKFILL_PRIORITY, HEAVY, QUICK } from './policies.ts';
import { runRebuild } from './run-rebuild.ts';
import { causeOf, inLanes, runWindow } from './run-windows.ts';
import { bringForward } from './tally.ts';

const { planBackfill } = proxyActivities<EtlActivities>({ ...HEAVY });
const { readPlan, combineDiffs } = proxyActivities<EtlActivities>({ ...QUICK });

export interface BackfillResult {
  readonly outcome: 'planned' | 'done' | 'discarded';
  readonly plan: BackfillPlan;
  readonly done: number;
  readonly failed: number;
  readonly failures: readonly FailedWindow[];
  readonly counts: Counts;
  readonly diff: CombinedDiff | null;
  /** What was not waited for, and why; absent: everything is forward. */
  readonly behind?: Forwarded['behind'];
}

/** Failed windows that are kept by name; the others are counted, and found again by the next backfill of the range. */
const FAILURES_NAMED = 20;
const REASON_LENGTH = 200;

/**
 * Plans the range, then runs its windows. A failed one is told and does not stop the rest; the run then fails and names it. Run
 * again, it plans anew and takes only what is missing. Cancelled, it starts no more windows; those at work end by themselves.
 */
export async function backfill(input?: BackfillInput, carried?: Carried): Promise<BackfillResult> {
  const asked = readOrFail(() => readBackfillInput(input));
  const state = openState(asked, carried);
  if (state.plan === null) {
    state.plan = await planBackfill(asked);
    if (asked.dryRun || state.plan.ref === null) {
      enter(state, 'done', 0);
      return resultOf(state, state.plan, asked.dryRun ? 'planned' : 'done');
    }
    enter(state, 'running', state.plan.windows);
  }
  const { plan } = state;
  if (state.phase === 'running' && plan.ref !== null) {
    await runList(asked, state, plan.ref);
    if (asked.diff && state.diff !== null) {
      state.decideByMs = Date.now() + asked.decideWithinSeconds * 1_000;
      enter(state, 'deciding', 0);
    }
  }
  if (state.phase === 'deciding' && state.diff !== null) {
    if (!(await isToBePublished(state))) {
      enter(state, 'discarded', 0);
      return resultOf(state, plan, 'discarded');
    }
    enter(state, 'publishing', state.diff.windows);
  }
  if (state.phase === 'publishing' && state.diff !== null) await runList(asked, state, state.diff.ref);
  const { behind } = await bringForward(asked.source);
  const result = { ...resultOf(state, plan, 'done'), ...(Object.keys(behind).length === 0 ? {} : { behind }) };
  enter(state, 'done', state.done);
  if (state.failed === 0) return result;
  throw ApplicationFailure.create({
    message: `${state.failed} of ${plan.windows} windows failed: ${named(state.failures)}. What they hold is safe in raw, and the others are done; mend the cause and start the same backfill again, it takes only what is missing.`,
    type: 'WindowsFailed',
    nonRetryable: true,
    details: [result],
  });
}

const named = (failures: readonly FailedWindow[]): string =>
  failures
    .slice(0, 10)
    .map(({ window, reason }) => `${window}: ${reason}`)
    .join('; ');

/** Runs the windows of a list from `state.next` on; after a number of them it continues as new, once those at work have ended. */
async function runList(asked: BackfillSettings, state: State, ref: string): Promise<void> {
  const end = Math.min(state.total, state.next + asked.windowsPerRun);
  const isFull = (): boolean => state.next >= end || workflowInfo().continueAsNewSuggested;
  while (!isFull()) {
    const page = Math.min(end, state.next + WINDOWS_PER_PAGE);
    const isComparing = asked.diff && state.phase === 'running';
    const diffs = await runSome(asked, state, ref, () => (isComparing && state.next >= page) || isFull());
    if (diffs.length > 0) state.diff = await combineDiffs({ source: asked.source, diffs, earlier: state.diff });
    show(state);
  }
  if (state.next >= state.total) return;
  return continueAsNew<typeof backfill>(asked, carriedOf(state));
}

/** Runs windows, some at a time, until `isFull`. Returns the diffs of those that were compared. */
async function runSome(
  asked: BackfillSettings,
  state: State,
  ref: string,
  isFull: () => boolean,
): Promise<readonly Required<PlannedWindow>[]> {
  const pages = new Map<number, Promise<readonly PlannedWindow[]>>();
  const planned = async (n: number): Promise<PlannedWindow> => {
    const page = Math.floor(n / WINDOWS_PER_PAGE);
    const read = pages.get(page) ?? readPlan({ ref, page });
    pages.set(page, read);
    const found = (await read)[n % WINDOWS_PER_PAGE];
    if (found === undefined) throw ApplicationFailure.nonRetryable(`${ref} has no window ${n}`, 'InvariantViolation');
    return found;
  };
  const diffs: Required<PlannedWindow>[] = [];
  const take = async (): Promise<PlannedWindow | undefined> => {
    if (state.paused) await condition(() => !state.paused);
    if (isFull()) return undefined;
    const n = state.next;
    state.next += 1;
    return planned(n);
  };
  await inLanes(asked.concurrency, take, async (one) => {
    const diff = await runOne(asked, state, one);
    if (diff !== undefined) diffs.push({ window: one.window, expect: diff });
  });
  return diffs;
}

/** Runs or rebuilds one window; returns the key of its diff if it was compared only. */
async function runOne(asked: BackfillSettings, state: State, { window, expect }: PlannedWindow) {
  state.running.add(window);
  show(state);
  try {
    if (!asked.rebuild) await count(state, runPending(asked.source, window));
    else if (asked.diff && state.phase === 'running') {
      const { diff } = await runRebuild({ source: asked.source, window, diff: true }, CHILD);
      state.done += 1;
      return diff;
    } else {
      const given = { source: asked.source, window, ...(expect === undefined ? {} : { expect }) };
      await count(
        state,
        runRebuild(given, CHILD).then(({ counts }) => counts),
      );
    }
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    state.failed += 1;
    const failure = { window, reason: causeOf(error).slice(0, REASON_LENGTH) };
    if (state.failures.length < FAILURES_NAMED) state.failures = [...state.failures, failure];
  } finally {
    state.running.delete(window);
    show(state);
  }
  return undefined;
}

/** Runs a window that may need a person, too: somebody asked for it. */
async function runPending(source: Source, window: Window): Promise<Counts> {
  const options = { parked: true, waitForOthers: true, child: CHILD };
  const { result, why } = await runWindow({ source, window }, options);
  if (result === undefined) throw ApplicationFailure.nonRetryable(why ?? 'it did not end', 'WindowFailed');
  return result.counts;
}

/** A child is shared with whoever else runs the window: left to itself when this run is cancelled. */
const CHILD = { cancellationType: ChildWorkflowCancellationType.ABANDON, priority: BACKFILL_PRIORITY } as const;

async function count(state: State, run: Promise<Counts>): Promise<void> {
  const counts = await run;
  state.done += 1;
  state.counts = addCounts(state.counts, counts);
}

/** False when it was discarded, or when nobody said anything in time. */
async function isToBePublished(state: State): Promise<boolean> {
  const wait = Math.max(1, (state.decideByMs ?? 0) - Date.now());
  await condition(() => state.decision !== undefined, wait);
  return state.decision === 'publish';
}

function resultOf(state: State, plan: BackfillPlan, outcome: BackfillResult['outcome']): BackfillResult {
  const { done, failed, failures, counts, diff } = state;
  return { outcome, plan, done, failed, failures, counts, diff };
}
