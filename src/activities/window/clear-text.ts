/** What people wrote is staged no longer than the run needs it. */
import { PermanentError, InvariantViolation } from '../../domain/errors.ts';
import { CLEAR_STAGING_PREFIX, clearStagingFolder, holdsTexts } from '../../domain/formats/clear-text.ts';
import type { WindowInput } from '../types.ts';
import { type Lake, contractOf } from '../../lake/lake.ts';

type Needs = Pick<Lake, 'store' | 'contracts'>;

/** After these a run has steps to go that read what it staged. */
const GOES_ON: ReadonlySet<string> = new Set(['decided', 'conflict']);

/**
 * A step that may be a run's last. Where it is, published or discarded, or fails for good, the texts that the run staged go; where they
 * could not be removed the step fails, and is tried again.
 */
export async function lastOf<T extends { readonly kind: string }>(
  lake: Needs,
  source: string,
  run: string,
  work: () => Promise<T>,
): Promise<T> {
  let outcome: T;
  try {
    outcome = await work();
  } catch (error) {
    if (error instanceof PermanentError || error instanceof InvariantViolation) await dropTexts(lake, source, run);
    throw error;
  }
  if (!GOES_ON.has(outcome.kind)) await dropTexts(lake, source, run);
  return outcome;
}

async function dropTexts(lake: Needs, source: string, run: string): Promise<void> {
  if (holdsTexts(contractOf(lake, source))) await removeAll(lake, clearStagingFolder(run));
}

/** Removes what any run of a window staged: the window was given up. A run of it that goes on begins again. */
export async function dropTextsOfWindow(lake: Needs, { source, window }: WindowInput): Promise<void> {
  if (holdsTexts(contractOf(lake, source))) await removeAll(lake, `${CLEAR_STAGING_PREFIX}${source}-${window}-`);
}

async function removeAll({ store }: Needs, prefix: string): Promise<void> {
  for await (const { key } of store.list(prefix)) await store.remove(key);
}
