/** The product's workflows, and a rebuild whose one activity a test provides. */
import { proxyActivities } from '@temporalio/workflow';

export * from '../../src/workflows/index.ts';

export interface Rebuilds {
  readonly rebuilt: (input: { source: string; window: string; diff?: boolean; expect?: string }) => Promise<unknown>;
}
const { rebuilt } = proxyActivities<Rebuilds>({ startToCloseTimeout: '1m' });

export const rebuildWindow = (input: Parameters<Rebuilds['rebuilt']>[0]): Promise<unknown> => rebuilt(input);
