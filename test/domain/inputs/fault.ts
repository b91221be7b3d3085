/** What a reader of inputs says when it refuses. */
import { expect } from '@jest/globals';
import { PermanentError } from '../../../src/domain/errors.ts';

/** The message of what `read` throws, which must be a PermanentError. */
export function fault(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(PermanentError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}
