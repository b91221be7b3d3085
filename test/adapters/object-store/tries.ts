/** Trying again without a pause, so that tests of faults take no time. */
import type { Attempts } from '../../../src/adapters/object-store/attempts.ts';
import { TransientError } from '../../../src/domain/errors.ts';

/** Up to `times` tries while the fault is transient. */
export const triesAtOnce =
  (times: number): Attempts =>
  async (work) => {
    for (let n = 1; n < times; n += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
      }
    }
    return work();
  };
