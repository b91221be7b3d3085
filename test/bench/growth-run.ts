/** What `npm run bench -- growth` measures, in a process of its own: one large window to its decision, or a small one against very many claims. */
import { invariant } from '../../src/domain/errors.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import type { Window } from '../../src/domain/window.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { attempted, publishWindow } from '../integration/run-window.ts';
import { openDirectoryLake } from '../support/directory-lake.ts';
import { type Turn, measured, peakMb } from '../support/measured.ts';
import { answerParent } from '../support/own-process.ts';

export interface GrowthQuestion {
  /** `decide`: seal to publish. `dedupe`: the dedupe of a window alone, first with nothing on this machine, then again and again. */
  readonly kind: 'decide' | 'dedupe';
  readonly folder: string;
  readonly window: Window;
  readonly threads: number;
}

export interface Decided extends Turn {
  readonly lines: number;
  readonly duplicates: number;
  readonly rssMb: number;
  /** CPU milliseconds of each activity. */
  readonly steps: Readonly<Record<string, number>>;
  /** The peak of memory when it had last been done, MB: where it rises, it was used. */
  readonly peaks: Readonly<Record<string, number>>;
}

export interface Deduped {
  readonly duplicates: number;
  readonly rssMb: number;
  readonly ledgerFiles: number;
  /** The first, then the others. */
  readonly turns: readonly Turn[];
}

const DEDUPES = 4;
const oneSeal = 'a window of this bench has one seal';

async function decide({ folder, window, threads }: GrowthQuestion): Promise<Decided> {
  const { ports, close } = await openDirectoryLake(folder, threads);
  try {
    const steps: Record<string, number> = {};
    const peaks: Record<string, number> = {};
    let before = process.cpuUsage();
    const told = (step: string): void => {
      const { user, system } = process.cpuUsage(before);
      steps[step] = (steps[step] ?? 0) + (user + system) / 1_000;
      before = process.cpuUsage();
      peaks[step] = Math.round(peakMb());
    };
    let counts = { received: 0, duplicates: 0 };
    const turn = await measured(async () => {
      const [outcome, ...more] = await publishWindow(ports, { source: DESK.source, window }, told);
      invariant(outcome?.kind === 'published' && more.length === 0, oneSeal);
      counts = outcome.counts;
    });
    return { ...turn, lines: counts.received, duplicates: counts.duplicates, rssMb: peakMb(), steps, peaks };
  } finally {
    close();
  }
}

async function dedupe({ folder, window, threads }: GrowthQuestion): Promise<Deduped> {
  const { ports, close } = await openDirectoryLake(folder, threads, `work-${window}`);
  try {
    const activities = attempted(ports);
    const sealed = await activities.sealWindow({ source: DESK.source, window, parked: true });
    invariant(sealed.kind === 'seals' && sealed.seals.length === 1, oneSeal);
    const seal = sealed.seals[0]!;
    const part = await activities.cleanse({ seal, revision: 0, chunk: 0 });
    invariant(!('kind' in part) && seal.chunks === 1, 'a small window is one chunk');
    const turns: Turn[] = [];
    let duplicates = -1;
    for (let n = 0; n <= DEDUPES; n += 1)
      turns.push(
        await measured(async () => {
          const decided = await activities.dedupe({ seal, revision: 0, staged: [part] });
          invariant(decided.kind === 'decided', `the window was not deduped but ${decided.kind}`);
          duplicates = decided.counts.duplicates;
        }),
      );
    const { state } = await readLedger(ports, DESK.source);
    return { duplicates, rssMb: peakMb(), ledgerFiles: state.files.size, turns };
  } finally {
    close();
  }
}

answerParent<GrowthQuestion, Decided | Deduped>((question) =>
  question.kind === 'decide' ? decide(question) : dedupe(question),
);
