/** The product's workflows, and one that signals a workflow which is not there. */
import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { isGone } from '../../src/workflows/run-windows.ts';
import { stopSignal } from '../../src/workflows/slices.ts';

export * from '../../src/workflows/index.ts';

/** How run-windows.ts reads the server's refusal. */
export async function signalNobody(): Promise<boolean> {
  try {
    await getExternalWorkflowHandle('etl/desk/never-started').signal(stopSignal);
    return false;
  } catch (error) {
    return isGone(error);
  }
}
