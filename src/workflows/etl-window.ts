/** etlWindow: the walk of one window. Everything it needs is read from the store, so it may run late, twice or at the same time. */
import { defineSignal, proxyActivities, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import type { Compressed } from '../activities/compress.ts';
import type { Decided, Progress, PublishOutcome, SealRef, Staged } from '../activities/types.ts';
import { type Counts, NO_COUNTS, addCounts } from '../domain/counts.ts';
import { type EtlWindowInput, readEtlWindowInput } from '../domain/inputs/etl.ts';
import { readOrFail } from './input-failure.ts';
import { HEAVY, QUICK } from './policies.ts';

const { sealWindow, publish } = proxyActivities<EtlActivities>({ ...QUICK });
const { cleanse, dedupe, compress, project, load, reconcile, report } = proxyActivities<EtlActivities>({ ...HEAVY });

export const againSignal = defineSignal('again');

export interface EtlWindowResult extends EtlWindowInput {
  /** What this run published; what another run published meanwhile is not counted again. */
  readonly counts: Counts;
  readonly seals: number;
  readonly ledgerVersion: number;
}

/** A first judgement; a rebuild takes the next revision. */
const FIRST = 0;

/** Seals, judges, publishes and projects one window until nothing of it is pending. */
export async function etlWindow(input?: EtlWindowInput): Promise<EtlWindowResult> {
  const window = readOrFail(() => readEtlWindowInput(input));
  let again = true;
  setHandler(againSignal, () => void (again = true), { description: 'Run the window once more before this run ends' });
  const done = { counts: NO_COUNTS, seals: 0, ledgerVersion: -1 };
  while (again) {
    again = false;
    for (let seals = await sealWindow(window); seals.length > 0; seals = await sealWindow(window)) {
      for (const seal of seals) {
        const outcome = await judgeAndPublish(seal);
        done.seals += 1;
        done.ledgerVersion = Math.max(done.ledgerVersion, outcome.version);
        if (outcome.kind === 'published') done.counts = addCounts(done.counts, outcome.counts);
        show(window, done);
      }
    }
    // Always, also when there was nothing to seal: each goes from its own applied version to the ledger's head.
    await untilThere(() => project(window));
    await untilThere(() => load(window));
    await untilVerified(window);
    await report(window);
  }
  show(window, done);
  return { ...window, ...done };
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
  while ((await reconcile(window)).more);
}

function show(
  window: EtlWindowInput,
  { counts, seals, ledgerVersion }: Omit<EtlWindowResult, keyof EtlWindowInput>,
): void {
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
