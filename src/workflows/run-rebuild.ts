/** Rebuilds a window through its one child, whoever else rebuilds it. */
import { type ChildWorkflowOptions, ParentClosePolicy, sleep, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Counts } from '../domain/counts.ts';
import type { Source } from '../domain/layout.ts';
import type { Window } from '../domain/window.ts';
import { REBUILD_PAUSE } from './policies.ts';

interface RebuildWindowInput {
  readonly source: Source;
  readonly window: Window;
  /** Compare only. */
  readonly diff?: boolean;
  /** Publish only what this diff compared. */
  readonly expect?: string;
}
interface RebuildWindowResult {
  readonly outcome: 'published' | 'nothing' | 'discarded' | 'compared';
  readonly counts: Counts;
  /** Key of the diff. */
  readonly diff?: string;
}

/** Runs one rebuild as a child that outlives this run; where one runs already, after it. Throws what the child failed with. */
export async function runRebuild(
  input: RebuildWindowInput,
  options: Pick<ChildWorkflowOptions, 'cancellationType' | 'priority'>,
): Promise<RebuildWindowResult> {
  const { source, window, diff } = input;
  for (;;) {
    try {
      const child = await startChild<(input: RebuildWindowInput) => Promise<RebuildWindowResult>>('rebuildWindow', {
        ...options,
        workflowId: `rebuild/${source}/${window}`,
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
}
