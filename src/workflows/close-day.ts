/** closeDay: finishes what was received on a local day, reports it, and keeps what the day held; later messages re-open it. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { proxyActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { countsLine } from '../domain/counts.ts';
import type { Closed } from '../activities/close-day.ts';
import type { EtlActivities } from '../activities/index.ts';
import { type CloseDayInput, readCloseDayInput } from '../domain/inputs/close-day.ts';
import { sourcesOf } from '../domain/inputs/etl.ts';
import { readOrFail } from './input-failure.ts';
import { HEAVY, QUICK } from './policies.ts';
import { readRunSetting } from './run-setting.ts';
import { failOnFailed, newTally, runAll, tallyText } from './tally.ts';

const { openDay, listPending, keepClosing } = proxyActivities<EtlActivities>({ ...QUICK });
const { report } = proxyActivities<EtlActivities>({ ...HEAVY });

/** The time a schedule meant: catching up, a backfill and a late start leave it as it was. */
const SCHEDULED = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

export interface CloseDayResult {
  readonly days: readonly Closed[];
}

/**
 * Closes the day before the one it was scheduled for, in each source's zone, or the `day` given. A run for a day that is closed
 * keeps another closing if something came since, and says what. Fails when a window of the day does; the day then stays open.
 */
export async function closeDay(input?: CloseDayInput): Promise<CloseDayResult> {
  const scheduled = workflowInfo().typedSearchAttributes.get(SCHEDULED);
  const asked = readOrFail(() => readCloseDayInput(input, scheduled !== undefined));
  const { tag, childrenLink } = await readRunSetting();
  tag({ stage: 'running', ...(asked.source === undefined ? {} : { source: asked.source }) });
  const tally = newTally();
  const days: Closed[] = [];
  const show = (now: string): void => {
    const lines = days.map((day) => `- ${day.source} ${day.day}: ${day.note}; ${countsLine(day.counts)}`);
    setCurrentDetails([tallyText(tally, now, childrenLink()), lines.join('\n')].join('\n\n'));
  };
  for (const source of sourcesOf(asked)) {
    const { day, from, to } = await openDay.executeWithOptions({ summary: `the day of ${source}` }, [
      { source, ...(asked.day === undefined ? {} : { day: asked.day }), ...(scheduled && { scheduledMs: +scheduled }) },
    ]);
    show(`${source} ${day}`);
    const range = { source, from, to, parked: true };
    const { windows } = await listPending.executeWithOptions({ summary: `${source} ${day}, pending` }, [range]);
    const failedBefore = tally.failed.length;
    await runAll(source, windows, tally, show);
    if (tally.failed.length > failedBefore) continue;
    await report.executeWithOptions({ summary: `${source}, days touched` }, [{ source }]);
    days.push(await keepClosing.executeWithOptions({ summary: `${source} ${day}` }, [{ source, day }]));
  }
  show('done');
  const reopened = days.some(({ outcome }) => outcome === 'reopened');
  const isClosed = days.some(({ outcome }) => outcome === 'closed');
  const outcome = reopened ? 'reopened' : isClosed ? 'closed' : 'unchanged';
  tag({
    stage: 'done',
    outcome: tally.failed.length > 0 ? 'needs_attention' : outcome,
    rows: tally.counts.enriched,
  });
  failOnFailed(tally, 'their day stays open; mend the cause and start closeDay again with its day');
  return { days };
}
