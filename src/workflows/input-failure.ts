/** A plain error would block a workflow for ever: wrong input becomes a failure that a person can read. */
import { ApplicationFailure } from '@temporalio/workflow';
import { INVALID_INPUT, PermanentError } from '../domain/errors.ts';

/** Runs a reader of input; its PermanentError fails the workflow at once. */
export function readOrFail<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof PermanentError) throw ApplicationFailure.nonRetryable(error.message, INVALID_INPUT);
    throw error;
  }
}
