/** etl: finds what is pending, by listing the store, runs each window as a child of its own, and waits until it is forward. */
import { continueAsNew, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Forwarded } from '../activities/forward/await-forward.ts';
import type { EtlActivities } from '../activities/index.ts';
import type { Counts } from '../domain/counts.ts';
import { type EtlInput, readEtlInput, sourcesOf } from '../domain/inputs/etl.ts';
import type { Source } from '../domain/formats/layout.ts';
import type { Window } from '../domain/window.ts';
import { present } from '../domain/inputs/given.ts';
import type { PendingQuestion } from '../activities/types.ts';
import { readOrFail } from './input-failure.ts';
import { QUICK } from './policies.ts';
import { readRunSetting } from './run-setting.ts';
import { type Tally, behindText, bringForward, failOnFailed, newTally, runPlan, tallyText } from './tally.ts';

const { listPending } = proxyActivities<EtlActivities>({ ...QUICK });

export interface EtlResult {
  readonly windows: number;
  readonly counts: Counts;
  /** Windows that were not run because they need a person; absent: none. */
  readonly leftOut?: number;
  /** Per source what this run did not wait for, and why; absent: everything it published is forward. */
  readonly behind?: Readonly<Record<Source, Forwarded['behind']>>;
}

/** What a run that continues as new leaves to the next. */
export interface EtlCarried {
  readonly tally: Tally;
  readonly leftOut: number;
  /** Where it goes on: of this source the windows that come after this one; sources before it not at all. */
  readonly source: Source;
  readonly after: Window;
}

/**
 * Runs `{source, window}`, a range `{from, to}`, or with `{}` everything pending but what needs a person. A failed window does not
 * stop the rest; the run then fails and names it, and the next run finds it pending again.
 */
export async function etl(input?: EtlInput, carried?: EtlCarried): Promise<EtlResult> {
  const asked = readOrFail(() => readEtlInput(input));
  const { tag, childrenLink } = await readRunSetting();
  tag({ stage: 'running', ...(asked.source === undefined ? {} : { source: asked.source }) });
  const tally = carried?.tally ?? newTally();
  let leftOut = carried?.leftOut ?? 0;
  const behind: Record<Source, Forwarded['behind']> = {};
  const notes: string[] = [];
  const show = (now: string): void => {
    const parked = leftOut === 0 ? '' : `; ${leftOut} windows need a person and were left out: chatlake status`;
    setCurrentDetails([tallyText(tally, `${now}${parked}`, childrenLink()), ...notes].join('\n'));
  };
  for (const source of sourcesOf(asked.source, carried?.source)) {
    const pending = await pendingOf(source, asked, carried?.source === source ? carried.after : undefined);
    leftOut += pending.leftOut;
    show(`${source}: ${pending.windows.length} windows`);
    // What is left to a person was not listed. A run that is reset, or started like this one, is meant to run.
    const options = { parked: true, waitForOthers: true };
    const plan = pending.windows.map((window) => ({ source, window }));
    await runPlan(plan, options, tally, ({ window }, left) => show(`${source} ${window}, ${left} more`));
    const last = pending.windows.at(-1);
    if (pending.more && last !== undefined)
      await continueAsNew<typeof etl>(asked, { tally, leftOut, source, after: last });
    const forwarded = await bringForward(source);
    if (Object.keys(forwarded.behind).length > 0) behind[source] = forwarded.behind;
    notes.push(...behindText(source, forwarded));
  }
  const published = tally.counts.received > 0 ? 'published' : 'nothing';
  tag({ stage: 'done', outcome: tally.failed > 0 ? 'needs_attention' : published, rows: tally.counts.enriched });
  failOnFailed(tally, 'mend the cause and start etl again');
  show('done');
  return {
    windows: tally.windows,
    counts: tally.counts,
    ...(leftOut === 0 ? {} : { leftOut }),
    ...(Object.keys(behind).length === 0 ? {} : { behind }),
  };
}

/** Windows that need a person are run where somebody named them. */
const isAsked = ({ parked, window, from, to }: EtlInput): boolean =>
  parked ?? (window !== undefined || from !== undefined || to !== undefined);

async function pendingOf(source: Source, asked: EtlInput, after: Window | undefined) {
  const { window, from, to } = asked;
  if (window !== undefined) return { windows: [window], leftOut: 0, more: false };
  const question = present<PendingQuestion>({ source, parked: isAsked(asked), from, to, after });
  return listPending.executeWithOptions({ summary: `what is pending of ${source}` }, [{ ...question, source }]);
}
