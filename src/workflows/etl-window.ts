/** etlWindow: the walk of one window. Everything it needs is read from the store, so it may run late, twice or at the same time. */
import { defineSignal, proxyActivities, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import { type Counts, NO_COUNTS, addCounts } from '../domain/counts.ts';
import { type EtlWindowInput, readEtlWindowInput } from '../domain/inputs/etl.ts';
import { FIRST_REVISION } from '../domain/ledger.ts';
import { bringForward } from './bring-forward.ts';
import { readOrFail } from './input-failure.ts';
import { judge, publishReady } from './judge.ts';
import { QUICK } from './policies.ts';

const { sealWindow } = proxyActivities<EtlActivities>({ ...QUICK });

export const againSignal = defineSignal('again');

export interface EtlWindowResult extends EtlWindowInput {
  /** What this run published; what another run published meanwhile is not counted again. */
  readonly counts: Counts;
  readonly seals: number;
  readonly ledgerVersion: number;
}

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
        const outcome = await judge({ seal, revision: FIRST_REVISION }, publishReady);
        done.seals += 1;
        done.ledgerVersion = Math.max(done.ledgerVersion, outcome.version);
        if (outcome.kind === 'published') done.counts = addCounts(done.counts, outcome.counts);
        show(window, done);
      }
    }
    // Always, also when there was nothing to seal: another run may have left them behind.
    await bringForward(window);
  }
  show(window, done);
  return { ...window, ...done };
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
