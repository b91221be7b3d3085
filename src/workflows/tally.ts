/** Runs many windows, some at a time; one that fails is written down and the rest go on. */
import { ApplicationFailure, CancellationScope } from '@temporalio/workflow';
import { type Counts, NO_COUNTS, addCounts, countsLine } from '../domain/counts.ts';
import type { Source } from '../domain/layout.ts';
import type { Window } from '../domain/window.ts';
import { causeOf, eachOf, runWindow } from './run-window.ts';

export interface Tally {
  windows: number;
  counts: Counts;
  readonly failed: string[];
}

/** A tally of nothing yet. */
export const newTally = (): Tally => ({ windows: 0, counts: NO_COUNTS, failed: [] });

const NAMED = 10;
const SHOWN = 20;

/** Runs windows of one source; `show` is told what goes on before each. Throws only when this run was cancelled. */
export async function runAll(
  source: Source,
  windows: readonly Window[],
  tally: Tally,
  show: (now: string) => void,
): Promise<void> {
  await eachOf(windows, async (window, left) => {
    show(`${source} ${window}, ${left} more`);
    try {
      const counts = await runWindow(source, window);
      // Read after the wait: other windows were counted meanwhile.
      tally.counts = addCounts(tally.counts, counts);
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      tally.failed.push(`${source} ${window}: ${causeOf(error)}`);
    }
    tally.windows += 1;
  });
}

/** Fails the run when a window failed; `next` says what to do. */
export function failOnFailed({ failed, windows }: Tally, next: string): void {
  if (failed.length === 0) return;
  throw ApplicationFailure.nonRetryable(
    `${failed.length} of ${windows} windows failed: ${failed.slice(0, NAMED).join('; ')}. What they hold is safe in raw; ${next}.`,
    'WindowsFailed',
  );
}

/** What is going on, for the person who looks. */
export function tallyText(tally: Tally, now: string, link: string): string {
  const failed = tally.failed.slice(0, SHOWN).map((line) => `- ${line}`);
  return [
    `**${now}**`,
    `${tally.windows} windows, ${countsLine(tally.counts)}`,
    ...(failed.length === 0 ? [] : [`Failed (${tally.failed.length}):\n${failed.join('\n')}`]),
    ...(link === '' ? [] : [link]),
  ].join('\n\n');
}
