/** etl: finds what is pending, by listing the store, and runs each window as a child of its own. */
import { ApplicationFailure, continueAsNew, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import { type Counts, NO_COUNTS, addCounts } from '../domain/counts.ts';
import { type EtlInput, readEtlInput, sourcesOf } from '../domain/inputs/etl.ts';
import type { Source } from '../domain/layout.ts';
import type { Window } from '../domain/window.ts';
import { readOrFail } from './input-failure.ts';
import { QUICK } from './policies.ts';
import { causeOf, eachWindow, runWindow } from './run-window.ts';

const { listPending } = proxyActivities<EtlActivities>({ ...QUICK });

export interface EtlResult {
  readonly windows: number;
  readonly counts: Counts;
}

interface Tally {
  windows: number;
  counts: Counts;
  readonly failed: string[];
}

/**
 * Runs `{source, window}`, a range `{from, to}`, or with `{}` everything pending. A failed window does not stop the rest;
 * the run then fails and names it, and the next run finds it pending again.
 */
export async function etl(input?: EtlInput): Promise<EtlResult> {
  const asked = readOrFail(() => readEtlInput(input));
  const tally: Tally = { windows: 0, counts: NO_COUNTS, failed: [] };
  for (const source of sourcesOf(asked)) {
    if (asked.window !== undefined) {
      await runAll(source, [asked.window], tally);
      continue;
    }
    const { windows, more } = await listPending({
      source,
      ...(asked.from === undefined ? {} : { from: asked.from }),
      ...(asked.to === undefined ? {} : { to: asked.to }),
    });
    await runAll(source, windows, tally);
    const last = windows.at(-1);
    if (more && last !== undefined && tally.failed.length === 0)
      await continueAsNew<typeof etl>({ ...asked, from: last });
  }
  if (tally.failed.length > 0) {
    throw ApplicationFailure.nonRetryable(
      `${tally.failed.length} of ${tally.windows} windows failed: ${tally.failed.slice(0, 10).join('; ')}. What they hold is safe in raw; mend the cause and start etl again.`,
      'WindowsFailed',
    );
  }
  show(tally, 'done');
  return { windows: tally.windows, counts: tally.counts };
}

/** Runs windows, some at a time; one that fails is written down and the rest go on. */
async function runAll(source: Source, windows: readonly Window[], tally: Tally): Promise<void> {
  await eachWindow(windows, async (window, left) => {
    show(tally, `${source} ${window}, ${left} more`);
    try {
      const counts = await runWindow(source, window);
      // Read after the wait: other windows were counted meanwhile.
      tally.counts = addCounts(tally.counts, counts);
    } catch (error) {
      tally.failed.push(`${source} ${window}: ${causeOf(error)}`);
    }
    tally.windows += 1;
  });
}

function show(tally: Tally, now: string): void {
  const { received, enriched, duplicates, quarantined } = tally.counts;
  setCurrentDetails(
    `**${now}**\n\n${tally.windows} windows, ${received} received = ${enriched} enriched + ${duplicates} duplicates + ${quarantined} quarantined` +
      (tally.failed.length === 0
        ? ''
        : `\n\nFailed:\n${tally.failed
            .slice(0, 20)
            .map((line) => `- ${line}`)
            .join('\n')}`),
  );
}
