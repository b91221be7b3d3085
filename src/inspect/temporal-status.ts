/** What Temporal says: activities and workflow tasks that are being tried again, with their last failure. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Source } from '../domain/formats/layout.ts';
import type { LaneProgress } from '../workflows/forward.ts';

/** Something that failed and is tried again. `kind` is the failure's type: Setup waits for a person. */
export interface Retrying {
  readonly workflowId: string;
  readonly step: string;
  readonly attempt: number;
  readonly kind: string;
  readonly reason: string;
}

/** Runs that are looked at; the server answers a few requests a second. */
const RUNS = 50;

/** Looks at the runs that are going on on a task queue, oldest last, as many as a look affords. */
export async function findRetrying(client: Client, taskQueue: string): Promise<readonly Retrying[]> {
  const found: Retrying[] = [];
  let looked = 0;
  const query = `ExecutionStatus="Running" AND TaskQueue="${taskQueue}"`;
  for await (const { workflowId, runId } of client.workflow.list({ query, pageSize: RUNS })) {
    if (looked >= RUNS) break;
    looked += 1;
    found.push(...(await retriesOf(client, workflowId, runId)));
  }
  return found;
}

async function retriesOf(client: Client, workflowId: string, runId: string): Promise<readonly Retrying[]> {
  const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
  const activities = (raw.pendingActivities ?? []).flatMap(({ activityType, attempt, lastFailure }) =>
    lastFailure === null || lastFailure === undefined
      ? []
      : [
          {
            workflowId,
            step: activityType?.name ?? '',
            attempt: attempt ?? 1,
            kind: lastFailure.applicationFailureInfo?.type ?? 'time-out',
            reason: lastFailure.message ?? '',
          },
        ],
  );
  const { attempt = 1 } = raw.pendingWorkflowTask ?? {};
  if ((attempt ?? 1) < 2) return activities;
  const reason = 'the workflow task fails: see WorkflowTaskFailed in its history';
  return [...activities, { workflowId, step: 'workflow task', attempt: attempt ?? 1, kind: 'workflow', reason }];
}

/** A loop of the run that brings a source forward, which waits: why, since when, and after how many tries. */
export interface WaitingLane {
  readonly source: Source;
  readonly name: LaneProgress['name'];
  readonly since: string;
  readonly tries: number;
  readonly why: string;
}

/** Of the workflow forward, which cannot be imported here without its sandbox. */
const PROGRESS_QUERY = 'progress';
/** A run whose worker is away answers no question. */
const ANSWER_MS = 5_000;

/** Asks the run `forward/<source>` what its loops wait for; none where no such run is at work. Throws where no worker answers for it. */
export async function waitingLanes(client: Client, source: Source): Promise<readonly WaitingLane[]> {
  const handle = client.workflow.getHandle(`forward/${source}`);
  try {
    if ((await handle.describe()).status.name !== 'RUNNING') return [];
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
  const lanes = await client.withDeadline(Date.now() + ANSWER_MS, () =>
    handle.query<readonly LaneProgress[]>(PROGRESS_QUERY),
  );
  return lanes.flatMap(({ name, waiting }) => (waiting === null ? [] : [{ source, name, ...waiting }]));
}
