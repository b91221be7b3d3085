/** Trying again while a fault is transient. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError } from '../../domain/errors.ts';

const ATTEMPTS = 5;
const FIRST_DELAY_MS = 100;

export type Attempts = <T>(work: () => Promise<T>) => Promise<T>;

/** Repeats while the fault is transient, five times in all, with doubling, jittered pauses; throws the last fault. */
export const attempts: Attempts = async (work) => {
  for (let attempt = 1; attempt < ATTEMPTS; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      await sleep(FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
  }
  return work();
};
