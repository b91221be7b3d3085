/** replayFailed: runs what the store says is not done, also windows that need a person; one that fails again stops nothing. */
import { defineQuery, proxyActivities, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import { type Counts, countsLine } from '../domain/counts.ts';
import { sourcesOf } from '../domain/inputs/etl.ts';
import { REPLAY_WINDOWS, type WindowOfSource, readReplayFailedInput } from '../domain/inputs/replay-failed.ts';
import type { Source } from '../domain/formats/layout.ts';
import { windowName } from '../domain/formats/parked.ts';
import { readOrFail } from './input-failure.ts';
import { QUICK } from './policies.ts';
import { readRunSetting } from './run-setting.ts';
import { bringForward, newTally, runPlan } from './tally.ts';

const { listPending } = proxyActivities<EtlActivities>({ ...QUICK });

/** How one window ended; `running`: another run of it is at work, and was left alone. */
export interface ReplayLine {
  readonly window: string;
  readonly outcome: 'published' | 'nothing' | 'running' | 'failed';
  readonly why?: string;
}

export interface ReplayResult {
  readonly windows: number;
  readonly counts: Counts;
  readonly running: number;
  readonly failed: number;
  /** The first that failed, and why. */
  readonly failures: readonly ReplayLine[];
  /** True when the store held more than one run takes: run it again, `after` the last that this one took. */
  readonly more: boolean;
  readonly last?: string;
}

export const linesQuery = defineQuery<readonly ReplayLine[], [from?: number]>('lines');

const LINES_PER_ANSWER = 20;
const WHY_LENGTH = 300;

/** Replays `{windows: ["desk/2026-11-22T03"]}`, or all of a source, or all, `after` a window. Ends well also where windows fail: the result names them. */
export async function replayFailed(input?: {
  readonly source?: Source;
  readonly windows?: readonly string[];
  readonly after?: string;
}): Promise<ReplayResult> {
  const lines: ReplayLine[] = [];
  setHandler(linesQuery, (from = 0) => lines.slice(from, from + LINES_PER_ANSWER), {
    description: `How windows ended, ${LINES_PER_ANSWER} at a time, from a number on`,
  });
  const asked = readOrFail(() => readReplayFailedInput(input));
  const { tag, childrenLink } = await readRunSetting();
  tag({ stage: 'running', ...(asked.source === undefined ? {} : { source: asked.source }) });
  const { windows: named, after } = asked;
  const sources = sourcesOf(asked.source);
  const { windows, more } = named === undefined ? await findAll(sources, after) : { windows: named, more: false };
  const tally = newTally();
  const show = (): void => setCurrentDetails(text(lines, windows.length, tally.counts, childrenLink()));
  show();
  await runPlan(windows, { parked: true, waitForOthers: false }, tally, ({ source, window, result, why }) => {
    const outcome = why === undefined ? (result?.outcome ?? 'running') : 'failed';
    lines.push({
      window: windowName(source, window),
      // A run that was told to try is never left to a person.
      outcome: outcome === 'parked' ? 'nothing' : outcome,
      ...(why === undefined ? {} : { why: why.slice(0, WHY_LENGTH) }),
    });
    show();
  });
  const { counts } = tally;
  // What follows the ledger may be what failed: it is woken, too, and waited for.
  const touched = named === undefined ? sources : [...new Set(named.map(({ source }) => source))];
  for (const source of touched) await bringForward(source);
  const failures = lines.filter(({ outcome }) => outcome === 'failed');
  const last = windows.at(-1);
  const published = counts.received > 0 ? 'published' : 'nothing';
  tag({ stage: 'done', outcome: failures.length > 0 ? 'needs_attention' : published, rows: counts.enriched });
  return {
    windows: lines.length,
    counts,
    running: lines.filter(({ outcome }) => outcome === 'running').length,
    failed: failures.length,
    failures: failures.slice(0, LINES_PER_ANSWER),
    more,
    ...(last === undefined ? {} : { last: windowName(last.source, last.window) }),
  };
}

/** What is not done of these sources behind a window, as much as one run takes. */
async function findAll(
  sources: readonly Source[],
  after: WindowOfSource | undefined,
): Promise<{ windows: readonly WindowOfSource[]; more: boolean }> {
  const found: WindowOfSource[] = [];
  const left = after === undefined ? sources : sources.slice(sources.indexOf(after.source));
  for (const [n, source] of left.entries()) {
    const from = source === after?.source ? { after: after.window } : {};
    const summary = `what is not done of ${source}`;
    const pending = await listPending.executeWithOptions({ summary }, [{ source, parked: true, ...from }]);
    found.push(...pending.windows.map((window) => ({ source, window })));
    // The next source is another run's as soon as one of this is: windows are taken in one order.
    if (pending.more || found.length >= REPLAY_WINDOWS)
      return {
        windows: found.slice(0, REPLAY_WINDOWS),
        more: pending.more || found.length > REPLAY_WINDOWS || n + 1 < left.length,
      };
  }
  return { windows: found, more: false };
}

function text(lines: readonly ReplayLine[], all: number, counts: Counts, link: string): string {
  const failures = lines.filter(({ outcome }) => outcome === 'failed').slice(0, LINES_PER_ANSWER);
  return [
    `**${lines.length} of ${all} windows**, ${countsLine(counts)}`,
    ...(failures.length === 0 ? [] : [failures.map(({ window, why }) => `- ${window} fails: ${why ?? ''}`).join('\n')]),
    ...(link === '' ? [] : [link]),
  ].join('\n\n');
}
