import { setTimeout as sleep } from 'node:timers/promises';

/** Polls a fact; the test's own time-out bounds it. */
export async function until(fact: () => boolean | Promise<boolean>, everyMs = 100): Promise<void> {
  while (!(await fact())) await sleep(everyMs);
}
