/** The one place where our kinds of fault become Temporal's. The type says the kind; policies.ts says what is retried. */
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { InvariantViolation, PermanentError, SetupError, TransientError, messageOf } from '../domain/errors.ts';

/** How long to wait before asking again for something an operator has to mend. */
const SETUP_RETRY_MS = 30_000;

/** An error nobody classified may be a passing fault, but so many in a row are final. */
const UNCLASSIFIED_IN_A_ROW = 5;
/** Activities whose odd errors are remembered; far more than run at a time. */
const REMEMBERED = 1_000;

/**
 * What Temporal is told of an error; `oddInARow` counts the unclassified ones of this activity that came one after the other, this
 * one included. Messages hold no personal data: adapters and domain write them, bodies never do.
 */
export function toFailure(error: unknown, oddInARow = 1): Error {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  if (error instanceof TransientError) {
    const { retryAfterMs } = error;
    return ApplicationFailure.create({
      type: 'Transient',
      message: messageOf(error),
      ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
    });
  }
  if (error instanceof SetupError)
    return ApplicationFailure.create({ type: 'Setup', message: messageOf(error), nextRetryDelay: SETUP_RETRY_MS });
  if (error instanceof PermanentError) return ApplicationFailure.nonRetryable(messageOf(error), 'Permanent');
  if (error instanceof InvariantViolation)
    return ApplicationFailure.nonRetryable(messageOf(error), 'InvariantViolation');
  return ApplicationFailure.create({
    type: 'Unclassified',
    message: messageOf(error),
    nonRetryable: oddInARow >= UNCLASSIFIED_IN_A_ROW,
  });
}

type Activity = (...args: never[]) => Promise<unknown>;

/** The same activities, throwing failures that Temporal understands. */
export function withFailures<T extends Readonly<Record<string, Activity>>>(activities: T): T {
  const odd = oddErrors();
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    async (...args: never[]) => {
      try {
        const result = await activity(...args);
        odd.over();
        return result;
      } catch (error) {
        throw toFailure(error, isClassified(error) ? odd.over() : odd.another());
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

const isClassified = (error: unknown): boolean =>
  [CancelledFailure, ApplicationFailure, TransientError, SetupError, PermanentError, InvariantViolation].some(
    (kind) => error instanceof kind,
  );

/**
 * Counts unclassified errors in a row, per activity. Temporal's own count of attempts would not do: it counts those of an outage,
 * too. Kept by this process alone, so that an activity which wanders between workers may be tried a few times more.
 */
function oddErrors() {
  const counts = new Map<string, number>();
  const current = (): string => {
    const { workflowExecution, activityId } = activityInfo();
    return `${workflowExecution?.runId ?? ''} ${activityId}`;
  };
  return {
    over(): number {
      counts.delete(current());
      return 0;
    },
    another(): number {
      const key = current();
      const count = (counts.get(key) ?? 0) + 1;
      counts.delete(key);
      if (count < UNCLASSIFIED_IN_A_ROW) counts.set(key, count);
      const [oldest] = counts.keys();
      if (counts.size > REMEMBERED && oldest !== undefined) counts.delete(oldest);
      return count;
    },
  };
}
