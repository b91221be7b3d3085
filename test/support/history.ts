/** What a run left in Temporal's history: how much, and how large. */
import type { Client } from '@temporalio/client';

export interface RunSize {
  readonly events: number;
  /** Bytes of the largest list of payloads. */
  readonly payload: number;
  /** The run it continued as. */
  readonly next: string | undefined;
}

/** The size of one run; of the last one unless it is named. */
export async function sizeOfRun(client: Client, workflowId: string, runId?: string): Promise<RunSize> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const next = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  return { events: events?.length ?? 0, payload: largest(events), next };
}

/** The sizes of a run and of all that it continued as. */
export async function sizesFrom(client: Client, workflowId: string, firstRunId: string): Promise<readonly RunSize[]> {
  const sizes: RunSize[] = [];
  for (let runId: string | undefined = firstRunId; runId !== undefined; runId = sizes.at(-1)?.next)
    sizes.push(await sizeOfRun(client, workflowId, runId));
  return sizes;
}

function largest(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 0;
  const { payloads } = value as { payloads?: readonly { readonly data?: Uint8Array | null }[] | null };
  const own = payloads?.reduce((sum, { data }) => sum + (data?.length ?? 0), 0) ?? 0;
  return Math.max(own, ...Object.values(value).map(largest));
}
