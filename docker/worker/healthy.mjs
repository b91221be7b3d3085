// Healthy: this container asks Temporal for work, and the desk's consumer is subscribed. An open port would say neither.
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { DESK } from '../../dist/domain/sources/desk/contract.js';
import { loadConfig } from '../../dist/wiring/config.js';
import { temporalConnection } from '../../dist/wiring/temporal.js';

const WORKFLOW_QUEUE = 1;
const POLL_MS = 120_000; // a poll is open for a minute when there is no work
const BEGUN = 4; // events of a run that has not scheduled anything yet

try {
  const config = loadConfig(process.env);
  const connection = await Connection.connect({ ...temporalConnection(config), connectTimeout: 5_000 });
  const reason = await connection.withDeadline(Date.now() + 8_000, () => whyNot(connection.workflowService, config));
  await connection.close();
  if (reason !== undefined) throw new Error(reason);
} catch (error) {
  console.error(`not healthy: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function whyNot(service, config) {
  const namespace = config.TEMPORAL_NAMESPACE;
  const { pollers } = await service.describeTaskQueue({
    namespace,
    taskQueue: { name: config.CHATLAKE_TASK_QUEUE },
    taskQueueType: WORKFLOW_QUEUE,
  });
  const since = Date.now() - POLL_MS;
  const polls = pollers.some(
    ({ identity, lastAccessTime }) =>
      identity.endsWith(`@${hostname()}`) && Number(lastAccessTime.seconds) * 1_000 > since,
  );
  if (!polls) return `nothing of this container polls ${config.CHATLAKE_TASK_QUEUE}`;
  const { pendingActivities, workflowExecutionInfo } = await service.describeWorkflowExecution({
    namespace,
    execution: { workflowId: `consume/${DESK.source}` },
  });
  const [slice] = pendingActivities;
  if (slice?.lastFailure) return `the consumer cannot subscribe: ${slice.lastFailure.message}`;
  // No slice at all: an operator paused or stopped the consumer, which is no fault of this container.
  if (slice === undefined)
    return Number(workflowExecutionInfo.historyLength) > BEGUN ? undefined : 'the consumer has not begun';
  return slice.heartbeatDetails ? undefined : 'the consumer is not subscribed yet';
}
