/** The product's workflows, and one that signals a workflow which is not there. */
import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { againSignal } from '../../src/workflows/etl-window.ts';
import { isGone } from '../../src/workflows/run-window.ts';

export * from '../../src/workflows/index.ts';

/** How run-window.ts reads the server's refusal. */
export async function signalNobody(): Promise<boolean> {
  try {
    await getExternalWorkflowHandle('etl/desk/never-started').signal(againSignal);
    return false;
  } catch (error) {
    return isGone(error);
  }
}
