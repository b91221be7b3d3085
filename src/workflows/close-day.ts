/** closeDay: finishes what was received on a local day, reports it, and keeps what the day held; later messages re-open it. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { ApplicationFailure, proxyActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { countsLine } from '../domain/counts.ts';
import type { Closed } from '../activities/upkeep/close-day.ts';
import type { EtlActivities } from '../activities/index.ts';
import { type CloseDayInput, readCloseDayInput } from '../domain/inputs/close-day.ts';
import { sourcesOf } from '../domain/inputs/etl.ts';
import { readOrFail } from './input-failure.ts';
import { HEAVY, QUICK } from './policies.ts';
import { readRunSetting } from './run-setting.ts';
import { behindText, bringForward, failOnFailed, newTally, runPlan, tallyText } from './tally.ts';

const { openDay, listPending } = proxyActivities<EtlActivities>({ ...QUICK });
const { keepClosing } = proxyActivities<EtlActivities>({ ...HEAVY });

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
  const notes: string[] = [];
  const show = (now: string): void => {
    const lines = days.map((day) => `- ${day.source} ${day.day}: ${day.note}; ${countsLine(day.counts)}`);
    setCurrentDetails([tallyText(tally, now, childrenLink()), [...lines, ...notes].join('\n')].join('\n\n'));
  };
  for (const source of sourcesOf(asked.source)) {
    const { day, from, to } = await openDay.executeWithOptions({ summary: `the day of ${source}` }, [
      { source, ...(asked.day === undefined ? {} : { day: asked.day }), ...(scheduled && { scheduledMs: +scheduled }) },
    ]);
    show(`${source} ${day}`);
    const range = { source, from, to, parked: true };
    const { windows } = await listPending.executeWithOptions({ summary: `${source} ${day}, pending` }, [range]);
    const failedBefore = tally.failed;
    const plan = windows.map((window) => ({ source, window }));
    await runPlan(plan, { parked: true, waitForOthers: true }, tally, ({ window }) => show(`${source} ${window}`));
    if (tally.failed > failedBefore) continue;
    // A day is closed by its tables and reports; documents that are late, and their proof, follow by themselves.
    const forwarded = await bringForward(source);
    notes.push(...behindText(source, forwarded));
    const { tables, reports } = forwarded.behind;
    if (tables !== undefined || reports !== undefined) throw notForward(source, day, tables ?? reports ?? '');
    days.push(await keepClosing.executeWithOptions({ summary: `${source} ${day}` }, [{ source, day }]));
  }
  show('done');
  const reopened = days.some(({ outcome }) => outcome === 'reopened');
  const isClosed = days.some(({ outcome }) => outcome === 'closed');
  const outcome = reopened ? 'reopened' : isClosed ? 'closed' : 'unchanged';
  tag({
    stage: 'done',
    outcome: tally.failed > 0 ? 'needs_attention' : outcome,
    rows: tally.counts.enriched,
  });
  failOnFailed(tally, 'their day stays open; mend the cause and start closeDay again with its day');
  return { days };
}

const notForward = (source: string, day: string, why: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `${source} ${day} stays open: its tables or reports are behind (${why}). What it holds is safe; the page of forward/${source} says what it waits for, start closeDay again with this day once that is mended.`,
    'NotForward',
  );
