/** Around every activity: its span, its time, what its result says of the ledger, and an alert when a promise of the design is broken. */
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure, defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import type { Progress } from '../projections/progress.ts';
import { messageOf } from '../domain/errors.ts';
import { TRACE_HEADER } from '../domain/plans/live.ts';
import type { Instruments } from '../wiring/instruments.ts';

/** The interceptor of one activity. */
export function observeActivity({
  metrics,
  tracer,
  alerter,
}: Pick<Instruments, 'metrics' | 'tracer' | 'alerter'>): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      const { activityType: step, workflowExecution, attempt } = activityInfo();
      const workflow = workflowExecution?.workflowId ?? '';
      const stop = metrics.steps.startTimer({ step });
      const header = input.headers[TRACE_HEADER];
      const parent = header === undefined ? null : defaultPayloadConverter.fromPayload<string>(header);
      const attributes = { 'temporal.workflow_id': workflow, 'temporal.attempt': attempt };
      try {
        const result = await tracer.span(step, { parent, attributes }, () => next(input));
        stop({ outcome: 'ok' });
        if (step === 'project' || step === 'load')
          reached(metrics, sourceOf(input.args), step === 'project' ? 'tables' : 'documents', result as Progress);
        return result;
      } catch (error) {
        const kind = kindOf(error);
        stop({ outcome: kind });
        if (kind === 'InvariantViolation')
          alerter.raise({ name: 'VerificationFailed', thing: `${step} of ${workflow}`, summary: messageOf(error) });
        throw error;
      }
    },
  };
}

/** A closed list: the types that to-failure.ts gives. */
function kindOf(error: unknown): string {
  if (error instanceof CancelledFailure) return 'cancelled';
  return error instanceof ApplicationFailure ? (error.type ?? 'Unclassified') : 'Unclassified';
}

const sourceOf = (args: readonly unknown[]): string => {
  const [input] = args;
  const { source } = (input ?? {}) as { readonly source?: unknown };
  return typeof source === 'string' ? source : 'unknown';
};

function reached(
  { ledgerVersion }: Instruments['metrics'],
  source: string,
  what: 'tables' | 'documents',
  { applied, behind }: Progress,
): void {
  ledgerVersion.raise({ source, reached: what }, applied);
  ledgerVersion.raise({ source, reached: 'head' }, applied + behind);
}
