/** etl: finds what is pending, by listing the store, and runs each window as a child of its own. */
import { continueAsNew, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import type { Counts } from '../domain/counts.ts';
import { type EtlInput, readEtlInput, sourcesOf } from '../domain/inputs/etl.ts';
import { readOrFail } from './input-failure.ts';
import { QUICK } from './policies.ts';
import { readRunSetting } from './run-setting.ts';
import { failOnFailed, newTally, runAll, tallyText } from './tally.ts';

const { listPending } = proxyActivities<EtlActivities>({ ...QUICK });

export interface EtlResult {
  readonly windows: number;
  readonly counts: Counts;
  /** Windows that were not run because they need a person; absent: none. */
  readonly leftOut?: number;
}

/**
 * Runs `{source, window}`, a range `{from, to}`, or with `{}` everything pending but what needs a person. A failed window does not
 * stop the rest; the run then fails and names it, and the next run finds it pending again.
 */
export async function etl(input?: EtlInput): Promise<EtlResult> {
  const asked = readOrFail(() => readEtlInput(input));
  const { tag, childrenLink } = await readRunSetting();
  tag({ stage: 'running', ...(asked.source === undefined ? {} : { source: asked.source }) });
  const tally = newTally();
  let leftOut = 0;
  const show = (now: string): void => {
    const parked = leftOut === 0 ? '' : `; ${leftOut} windows need a person and were left out: chatlake status`;
    setCurrentDetails(tallyText(tally, `${now}${parked}`, childrenLink()));
  };
  for (const source of sourcesOf(asked)) {
    if (asked.window !== undefined) {
      await runAll(source, [asked.window], tally, show);
      continue;
    }
    const { to, parked = asked.from !== undefined || to !== undefined } = asked;
    const from = asked.next?.source === source ? asked.next.window : asked.from;
    const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    const summary = `what is pending of ${source}`;
    const pending = await listPending.executeWithOptions({ summary }, [{ source, parked, ...range }]);
    leftOut += pending.leftOut;
    await runAll(source, pending.windows, tally, show);
    const last = pending.windows.at(-1);
    if (pending.more && last !== undefined && tally.failed.length === 0)
      await continueAsNew<typeof etl>({ ...asked, next: { source, window: last } });
  }
  tag({
    stage: 'done',
    outcome: tally.failed.length > 0 ? 'needs_attention' : tally.counts.received > 0 ? 'published' : 'nothing',
    rows: tally.counts.enriched,
  });
  failOnFailed(tally, 'mend the cause and start etl again');
  show('done');
  return { windows: tally.windows, counts: tally.counts, ...(leftOut === 0 ? {} : { leftOut }) };
}
