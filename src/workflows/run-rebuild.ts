/** Rebuilds a window through its one child, whoever else rebuilds it. */
import { type ChildWorkflowOptions, ParentClosePolicy, sleep, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { RebuildWindowInput } from '../domain/inputs/rebuild.ts';
import { REBUILD_PAUSE } from './policies.ts';
import type { RebuildWindowResult } from './rebuild-window.ts';
import { stuck } from './run-windows.ts';

/** Tries to be the one run of a window, about three hours: each is some events of this run's history. */
const TRIES = 1_080;

/**
 * Runs one rebuild as a child that outlives this run; where one runs already, after it. Throws what the child failed with, and a
 * failure of its own where the other run does not end in hours.
 */
export async function runRebuild(
  input: RebuildWindowInput,
  options: Pick<ChildWorkflowOptions, 'cancellationType' | 'priority'>,
): Promise<RebuildWindowResult> {
  const { source, window, diff } = input;
  const workflowId = `rebuild/${source}/${window}`;
  for (let tries = 0; tries < TRIES; tries += 1) {
    try {
      const child = await startChild<(input: RebuildWindowInput) => Promise<RebuildWindowResult>>('rebuildWindow', {
        ...options,
        workflowId,
        args: [input],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `${diff === true ? 'compares' : 'rebuilds'} ${source} ${window}`,
      });
      return await child.result();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    await sleep(REBUILD_PAUSE, { summary: `another run rebuilds ${window}` });
  }
  throw stuck(workflowId);
}
