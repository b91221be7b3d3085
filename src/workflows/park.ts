/** A window that trying again cannot help: the store is told why, and the run ends with a sentence that says what to do. */
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { CancellationScope, isCancellation, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import { nextStep } from '../domain/formats/parked.ts';
import type { FaultKind } from '../domain/errors.ts';
import type { WindowOfSource } from '../domain/inputs/replay-failed.ts';
import { QUICK } from './policies.ts';

const { park } = proxyActivities<EtlActivities>({ ...QUICK });

const NEEDS_ATTENTION = 'NeedsAttention';
const KINDS: readonly FaultKind[] = ['Permanent', 'InvariantViolation', 'Unclassified'];

/** Parks the window that an activity gave up on, and returns what the run fails with; undefined for any other error. */
export async function parked({ source, window }: WindowOfSource, error: unknown): Promise<Error | undefined> {
  if (!(error instanceof ActivityFailure) || isCancellation(error)) return undefined;
  const { cause, activityType: step } = error;
  const kind = KINDS.find((name) => cause instanceof ApplicationFailure && cause.type === name);
  if (kind === undefined || cause === undefined) return undefined;
  const { workflowId, runId } = workflowInfo();
  const summary = `${source} ${window} needs a person: ${step} failed`;
  const why = { source, window, step, kind, reason: cause.message, workflowId, runId };
  // Also while the run is being cancelled: what is not written down is tried again without end.
  await CancellationScope.nonCancellable(() => park.executeWithOptions({ summary }, [why]));
  return ApplicationFailure.create({
    type: NEEDS_ATTENTION,
    nonRetryable: true,
    message: `${source} ${window} needs attention, ${step} failed: ${cause.message}. What it holds is safe in raw; ${nextStep(source, window, kind).en}.`,
    cause,
  });
}

/** True when the run of a window ended because trying again cannot help. */
export function needsAttention(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof ApplicationFailure && cause.type === NEEDS_ATTENTION) return true;
  return false;
}
