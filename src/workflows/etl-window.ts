/** etlWindow: the walk of one window. Everything it needs is read from the store, so it may run late, twice or at the same time. */
import {
  defineSignal,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import type { Compressed } from '../activities/compress.ts';
import type { Decided, Progress, PublishOutcome, SealRef, Staged } from '../activities/types.ts';
import { type Counts, NO_COUNTS, addCounts } from '../domain/counts.ts';
import { type EtlWindowInput, readEtlWindowInput } from '../domain/inputs/etl.ts';
import { readOrFail } from './input-failure.ts';
import { parked } from './needs-attention.ts';
import { HEAVY, LOCAL, QUICK } from './policies.ts';
import { type RunSetting, readRunSetting } from './run-setting.ts';

const { sealWindow, publish } = proxyActivities<EtlActivities>({ ...QUICK });
const { cleanse, dedupe, compress, project, load, reconcile, report } = proxyActivities<EtlActivities>({ ...HEAVY });
const { clearAttention } = proxyLocalActivities<EtlActivities>({ ...LOCAL });

export const againSignal = defineSignal('again');

export interface EtlWindowResult extends EtlWindowInput {
  readonly outcome: 'published' | 'nothing';
  /** What this run published; what another run published meanwhile is not counted again. */
  readonly counts: Counts;
  readonly seals: number;
  readonly ledgerVersion: number;
}

/** A first judgement; a rebuild takes the next revision. */
const FIRST = 0;

/**
 * Seals, judges, publishes and projects one window until nothing of it is pending. Where trying again cannot help, the store is told
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

/** Goes round until a whole round passed in which nobody asked for another. */
async function walk(window: EtlWindowInput, asked: { again: boolean }, done: Done, { tag }: RunSetting): Promise<void> {
  const of = { summary: `${window.source} ${window.window}` };
  while (asked.again) {
    asked.again = false;
    const seal = (): Promise<readonly SealRef[]> => sealWindow.executeWithOptions(of, [window]);
    for (let seals = await seal(); seals.length > 0; seals = await seal()) {
      for (const one of seals) {
        const outcome = await judgeAndPublish(one);
        done.seals += 1;
        done.ledgerVersion = Math.max(done.ledgerVersion, outcome.version);
        if (outcome.kind === 'published') done.counts = addCounts(done.counts, outcome.counts);
        show(window, done);
      }
    }
    tag({ stage: 'projecting' });
    // Always, also when there was nothing to seal: each goes from its own applied version to the ledger's head.
    await untilThere(() => project.executeWithOptions({ summary: `tables of ${window.source}` }, [window]));
    await untilThere(() => load.executeWithOptions({ summary: `documents of ${window.source}` }, [window]));
    await untilVerified(window);
    await report.executeWithOptions({ summary: `days of ${window.source} that were touched` }, [window]);
    await clearAttention(window);
  }
}

/** The heart: after a conflict the seal is deduped again at the new head, and compressed again only if a verdict changed. */
async function judgeAndPublish(seal: SealRef): Promise<Exclude<PublishOutcome, { kind: 'conflict' }>> {
  const staged = await eachChunk(seal);
  let decided: Decided | undefined;
  let files: readonly Compressed[] = [];
  for (;;) {
    const before = decided?.kind === 'decided' ? decided.verdicts : undefined;
    decided = await dedupe.executeWithOptions({ summary: `${seal.seal}, ${seal.lines} lines` }, [
      { seal, revision: FIRST, staged },
    ]);
    if (decided.kind === 'alreadyPublished') return decided;
    if (decided.verdicts !== before) files = await eachDateList(decided, staged);
    const summary = `${seal.seal} at ledger version ${decided.base + 1}`;
    const outcome = await publish.executeWithOptions({ summary }, [{ seal, decided: decided.ref, compressed: files }]);
    if (outcome.kind !== 'conflict') return outcome;
  }
}

async function eachChunk(seal: SealRef): Promise<readonly Staged[]> {
  const staged: Staged[] = [];
  for (let chunk = 0; chunk < seal.chunks; chunk += 1) {
    const summary = `${seal.seal}, chunk ${chunk + 1} of ${seal.chunks}`;
    staged.push(await cleanse.executeWithOptions({ summary }, [{ seal, revision: FIRST, chunk }]));
  }
  return staged;
}

async function eachDateList(
  decided: Extract<Decided, { kind: 'decided' }>,
  staged: readonly Staged[],
): Promise<readonly Compressed[]> {
  const files: Compressed[] = [];
  for (let list = 0; list < decided.dateLists; list += 1) {
    const summary = `list ${list + 1} of ${decided.dateLists}, ${decided.counts.enriched} rows in all`;
    files.push(await compress.executeWithOptions({ summary }, [{ decided: decided.ref, staged, list }]));
  }
  return files;
}

async function untilThere(step: () => Promise<Progress>): Promise<void> {
  while ((await step()).behind > 0);
}

/** Verifies until nothing more is due; entries that a projection has not reached belong to the run that published them. */
async function untilVerified(window: EtlWindowInput): Promise<void> {
  const summary = `entries of ${window.source} not yet verified`;
  while ((await reconcile.executeWithOptions({ summary }, [window])).more);
}

function show(window: EtlWindowInput, { counts, seals, ledgerVersion }: Done): void {
  const rows = Object.entries(counts).map(([name, n]) => `| ${name} | ${n} |`);
  setCurrentDetails(
    [
      `### ${window.source} ${window.window}`,
      `${seals} seal(s), ledger version ${ledgerVersion}`,
      '',
      '| verdict | messages |',
      '|---|---:|',
      ...rows,
    ].join('\n'),
  );
}
