/** The one place where our kinds of fault become Temporal's. The type says the kind; policies.ts says what is retried. */
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { InvariantViolation, PermanentError, SetupError, TransientError, messageOf } from '../domain/errors.ts';

/** How long to wait before asking again for something an operator has to mend. */
const SETUP_RETRY_MS = 30_000;

/** An error nobody classified may be a passing fault, but it is not retried for ever. */
const UNCLASSIFIED_ATTEMPTS = 5;

/** What Temporal is told of an error. Messages hold no personal data: adapters and domain write them, bodies never do. */
export function toFailure(error: unknown): Error {
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
    nonRetryable: activityInfo().attempt >= UNCLASSIFIED_ATTEMPTS,
  });
}

type Activity = (...args: never[]) => Promise<unknown>;

/** The same activities, throwing failures that Temporal understands. */
export function withFailures<T extends Readonly<Record<string, Activity>>>(activities: T): T {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    async (...args: never[]) => {
      try {
        return await activity(...args);
      } catch (error) {
        throw toFailure(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}
