/** etlWindow: the walk of one window. Everything it needs is read from the store, so it may run late, twice or at the same time. */
import {
  defineSignal,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import { type Counts, NO_COUNTS, addCounts, countsTable } from '../domain/counts.ts';
import { type EtlWindowInput, readEtlWindowInput } from '../domain/inputs/etl.ts';
import { FIRST_REVISION } from '../domain/ledger.ts';
import { SEALS_PER_ROUND } from '../domain/seal.ts';
import { bringForward } from './bring-forward.ts';
import { readOrFail } from './input-failure.ts';
import { judge, publishReady } from './judge.ts';
import { parked } from './needs-attention.ts';
import { LOCAL, QUICK } from './policies.ts';
import { type RunSetting, readRunSetting } from './run-setting.ts';

const { sealWindow } = proxyActivities<EtlActivities>({ ...QUICK });
const { clearAttention } = proxyLocalActivities<EtlActivities>({ ...LOCAL });

export const againSignal = defineSignal('again');

export interface EtlWindowResult extends EtlWindowInput {
  readonly outcome: 'published' | 'nothing';
  /** What this run published; what another run published meanwhile is not counted again. */
  readonly counts: Counts;
  readonly seals: number;
  readonly ledgerVersion: number;
}

/**
 * Seals, judges, publishes and projects what there is of one window when it is asked. Where trying again cannot help, the store is told
 * and the run fails; `replayFailed`, or code of another version, runs the window again.
 */
export async function etlWindow(input?: EtlWindowInput): Promise<EtlWindowResult> {
  const window = readOrFail(() => readEtlWindowInput(input));
  const asked = { again: true };
  setHandler(againSignal, () => void (asked.again = true), {
    description: 'Run the window once more before this run ends',
  });
  const setting = await readRunSetting();
  setting.tag({ ...window, stage: 'judging' });
  const done: Done = { counts: NO_COUNTS, seals: 0, ledgerVersion: -1 };
  try {
    await walk(window, asked, done, setting);
  } catch (error) {
    const failure = await parked(window, error);
    if (failure === undefined) throw error;
    setting.tag({ stage: 'done', outcome: 'needs_attention', rows: done.counts.enriched });
    throw failure;
  }
  const outcome = done.counts.received > 0 ? 'published' : 'nothing';
  setting.tag({ stage: 'done', outcome, rows: done.counts.enriched });
  show(window, done);
  return { ...window, outcome, ...done };
}

type Done = { -readonly [K in 'counts' | 'seals' | 'ledgerVersion']: EtlWindowResult[K] };

/**
 * Judges what there is of the window, then brings everything forward; again while somebody asks, or while one round could not hold all.
 * What lands during a round is not of it: messages that keep coming would keep tables and documents waiting. It is announced to
 * `live`, and pending for everybody else.
 */
async function walk(window: EtlWindowInput, asked: { again: boolean }, done: Done, { tag }: RunSetting): Promise<void> {
  const of = { summary: `${window.source} ${window.window}` };
  while (asked.again) {
    // Before the listing: whoever asks later means what came later.
    asked.again = false;
    const seals = await sealWindow.executeWithOptions(of, [window]);
    if (seals.length >= SEALS_PER_ROUND) asked.again = true;
    for (const one of seals) {
      const outcome = await judge({ seal: one, revision: FIRST_REVISION }, publishReady);
      done.seals += 1;
      done.ledgerVersion = Math.max(done.ledgerVersion, outcome.version);
      if (outcome.kind === 'published') done.counts = addCounts(done.counts, outcome.counts);
      show(window, done);
    }
    tag({ stage: 'projecting' });
    // Always, also when there was nothing to seal: another run may have left them behind.
    await bringForward(window);
    await clearAttention(window);
  }
}

function show(window: EtlWindowInput, { counts, seals, ledgerVersion }: Done): void {
  setCurrentDetails(
    [
      `### ${window.source} ${window.window}`,
      `${seals} seal(s), ledger version ${ledgerVersion}`,
      '',
      ...countsTable(counts),
    ].join('\n'),
  );
}
