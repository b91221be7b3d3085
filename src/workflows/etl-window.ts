/** etlWindow: one window, to its decisions: seal, judge, publish. Everything it needs is read from the store, so it may run late, twice or at the same time. */
import { proxyActivities, proxyLocalActivities, setCurrentDetails } from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import { type Counts, NO_COUNTS, addCounts, countsTable } from '../domain/counts.ts';
import { type EtlWindowInput, readEtlWindowInput } from '../domain/inputs/etl.ts';
import { FIRST_REVISION } from '../domain/formats/ledger.ts';
import type { SealRef } from '../activities/types.ts';
import { readOrFail } from './input-failure.ts';
import { judge, publishReady } from './judge.ts';
import { parked } from './park.ts';
import { LOCAL, QUICK } from './policies.ts';
import { readRunSetting } from './run-setting.ts';

const { sealWindow } = proxyActivities<EtlActivities>({ ...QUICK });
const { clearParked, wakeForward } = proxyLocalActivities<EtlActivities>({ ...LOCAL });

export interface EtlWindowResult {
  readonly source: string;
  readonly window: string;
  /** `parked`: the window needs a person, and this run was told to leave it then. */
  readonly outcome: 'published' | 'nothing' | 'parked';
  /** What this run published; what another run published meanwhile is not counted again. */
  readonly counts: Counts;
  readonly seals: number;
  readonly ledgerVersion: number;
}

/** Seals of one window come in parts of twenty; so many parts one run takes. */
const ROUNDS = 50;

/**
 * Seals, judges and publishes what there is of one window when it is asked; tables, documents and reports follow by themselves. Where
 * trying again cannot help, the store is told and the run fails; `replayFailed`, or code of another version, runs the window again.
 */
export async function etlWindow(input?: EtlWindowInput): Promise<EtlWindowResult> {
  const { parked: isAsked = true, ...window } = readOrFail(() => readEtlWindowInput(input));
  const { tag } = await readRunSetting();
  tag({ ...window, stage: 'judging' });
  const done: Done = { counts: NO_COUNTS, seals: 0, ledgerVersion: -1 };
  try {
    for (let round = 0, more = true; more && round < ROUNDS; round += 1) {
      const summary = `${window.source} ${window.window}`;
      const sealed = await sealWindow.executeWithOptions({ summary }, [{ ...window, parked: isAsked || round > 0 }]);
      if (sealed.kind === 'parked') {
        tag({ stage: 'done', outcome: 'needs_attention', rows: 0 });
        return { ...window, outcome: 'parked', ...done };
      }
      await publishSeals(sealed, done, () => show(window, done));
      if (sealed.wasParked) await clearParked(window);
      more = sealed.more;
    }
  } catch (error) {
    if (done.ledgerVersion >= 0) await wakeForward({ ...window, ledger: done.ledgerVersion });
    const failure = await parked(window, error);
    if (failure === undefined) throw error;
    tag({ stage: 'done', outcome: 'needs_attention', rows: done.counts.enriched });
    throw failure;
  }
  // Also where nothing was new: another run may have been ended before it could say so.
  await wakeForward({ ...window, ...(done.ledgerVersion < 0 ? {} : { ledger: done.ledgerVersion }) });
  const outcome = done.counts.received > 0 ? 'published' : 'nothing';
  tag({ stage: 'done', outcome, rows: done.counts.enriched });
  show(window, done);
  return { ...window, outcome, ...done };
}

type Done = { -readonly [K in 'counts' | 'seals' | 'ledgerVersion']: EtlWindowResult[K] };

async function publishSeals(
  { seals, ledger }: { readonly seals: readonly SealRef[]; readonly ledger: number },
  done: Done,
  show: () => void,
): Promise<void> {
  for (const seal of seals) {
    const from = Math.max(ledger, done.ledgerVersion);
    const outcome = await judge({ seal, revision: FIRST_REVISION, ledger: from }, publishReady);
    done.seals += 1;
    done.ledgerVersion = Math.max(done.ledgerVersion, outcome.version);
    if (outcome.kind === 'published') done.counts = addCounts(done.counts, outcome.counts);
    show();
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
