/**
 * Every time-out and retry policy. Transient faults and faults of the set-up are retried without end (the failure's own delay
 * slows the latter); wrong input and broken promises fail at once, by their type.
 */
import type { Priority, RetryPolicy } from '@temporalio/common';
import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';

const retry: RetryPolicy = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '30s',
  nonRetryableErrorTypes: ['Permanent', 'InvariantViolation'],
};

/** Looks and decisions: seconds, a few requests to the store. */
export const QUICK: ActivityOptions = { startToCloseTimeout: '5m', heartbeatTimeout: '30s', retry };

/** Looks that need no queue: they take one event of the history. */
export const LOCAL: LocalActivityOptions = { startToCloseTimeout: '1m', retry };

/** Work on data: bounded by chunk, list or number of entries, minutes at most. */
export const HEAVY: ActivityOptions = { startToCloseTimeout: '30m', heartbeatTimeout: '60s', retry };

/** Bringing forward: the loop that calls tries again itself, so that whoever looks at it sees why it waits. */
export const FORWARD: ActivityOptions = { ...HEAVY, retry: { maximumAttempts: 1 } };

/** Waiting for what follows the ledger: one call looks for many minutes. */
export const WAIT: ActivityOptions = { startToCloseTimeout: '30m', heartbeatTimeout: '30s', retry };

/** Upkeep: nobody waits for it, so a fault that stays is reported, and the next round tries again. */
export const UPKEEP: ActivityOptions = { ...HEAVY, retry: { ...retry, maximumAttempts: 5 } };

/**
 * A slice of a subscription; `sliceMs` plus what a last batch may take. It beats every second, so a killed worker is noticed after
 * ten, and messages wait at most five more for the next attempt, however often it happened.
 */
export const SLICE_MS = 120_000;
export const INGEST: ActivityOptions = {
  startToCloseTimeout: '10m',
  heartbeatTimeout: '10s',
  retry: { ...retry, maximumInterval: '5s' },
};

/** A slice failed for good: try the next after this long. */
export const FAILED_PAUSE = '30s';

/** What a standing workflow asks of a server that may refuse: tried a few times, then the answer is told and the workflow goes on. */
export const ASK: ActivityOptions = { ...QUICK, retry: { ...retry, maximumAttempts: 3 } };

/** Task queues beside that of workflows and quick activities: each kind of work has slots of its own, so none keeps another waiting. */
export const INGEST_QUEUE = (taskQueue: string): string => `${taskQueue}-ingest`;
export const ETL_QUEUE = (taskQueue: string): string => `${taskQueue}-etl`;
export const UPKEEP_QUEUE = (taskQueue: string): string => `${taskQueue}-upkeep`;

/** Where the worker of each role looks for work; `workflows` takes the quick activities, too. */
export const QUEUE_OF_ROLE = {
  workflows: (taskQueue: string): string => taskQueue,
  etl: ETL_QUEUE,
  ingest: INGEST_QUEUE,
  upkeep: UPKEEP_QUEUE,
} as const;

type ActivityNames = readonly (keyof EtlActivities)[];
/** Activities that work on data. Whatever is not listed here or below is quick, and runs beside the workflows. */
const ETL_ACTIVITIES: readonly string[] = [
  ...(['cleanse', 'dedupe', 'compress', 'compare', 'project', 'load', 'reconcile', 'report'] as const),
  // Bounded, and what keeps the others fast.
  ...(['compact', 'mergeLedger'] as const),
] satisfies ActivityNames;
/** Long work that nobody waits for. */
const UPKEEP_ACTIVITIES: readonly string[] = [
  ...(['importExport', 'planBackfill', 'combineDiffs', 'snapshotLedger'] as const),
  ...([
    'checkpointLogs',
    'settleDays',
    'planVacuum',
    'vacuum',
    'purge',
    'sweep',
    'oddities',
    'keepClosing',
    'writeWeekly',
  ] as const),
] satisfies ActivityNames;

/** The task queue on which an activity of a workflow on `taskQueue` runs, unless the workflow says so itself. */
export function queueOf(activity: string, taskQueue: string): string {
  if (ETL_ACTIVITIES.includes(activity)) return ETL_QUEUE(taskQueue);
  return UPKEEP_ACTIVITIES.includes(activity) ? UPKEEP_QUEUE(taskQueue) : taskQueue;
}

/** A slice of an import, which also shows how often its progress is seen; it beats, so a killed worker is noticed. */
export const IMPORT_SLICE_MS = 5_000;
export const IMPORT: ActivityOptions = { startToCloseTimeout: '10m', heartbeatTimeout: '30s', retry };

/** Another consumer took the subscription: look again after this long. */
export const STOLEN_PAUSE = '30s';

/** A webhook gets the updates: look again after this long. */
export const WEBHOOK_PAUSE = '1m';

/** Another run rebuilds the window: look again after this long. */
export const REBUILD_PAUSE = '10s';

/** Runs of windows that `live` has at work at the same time. */
export const LIVE_AT_ONCE = 8;

/** Windows that one `etl` run works on at the same time. */
export const WINDOWS_AT_ONCE = 4;

/** The lowest: where tasks wait for a worker, those of live work are handed out first. */
export const BACKFILL_PRIORITY: Priority = { priorityKey: 5 };
