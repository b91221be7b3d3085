/** Around every workflow: activities go to the task queue of their kind, and the newest trace that reached the run goes on with it. */
import type { Headers } from '@temporalio/common';
import { type WorkflowInterceptors, workflowInfo } from '@temporalio/workflow';
import { TRACE_HEADER } from '../domain/plans/live.ts';
import { queueOf } from './policies.ts';

/** Found by this name when a worker loads the workflows. Neither queues nor headers are compared when a history is replayed. */
export function interceptors(): WorkflowInterceptors {
  let trace: Headers = {};
  const take = ({ headers }: { readonly headers: Headers }): void => {
    const payload = headers[TRACE_HEADER];
    if (payload !== undefined) trace = { [TRACE_HEADER]: payload };
  };
  const carry = <T extends { readonly headers: Headers }>(input: T): T => ({
    ...input,
    headers: { ...input.headers, ...trace },
  });
  return {
    inbound: [
      {
        execute(input, next) {
          take(input);
          return next(input);
        },
        handleSignal(input, next) {
          take(input);
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity(input, next) {
          const taskQueue = input.options.taskQueue ?? queueOf(input.activityType, workflowInfo().taskQueue);
          return next({ ...carry(input), options: { ...input.options, taskQueue } });
        },
        scheduleLocalActivity: (input, next) => next(carry(input)),
        startChildWorkflowExecution: (input, next) => next(carry(input)),
        signalWorkflow: (input, next) => next(carry(input)),
        continueAsNew: (input, next) => next(carry(input)),
      },
    ],
  };
}
