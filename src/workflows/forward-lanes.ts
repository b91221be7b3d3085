/** The lanes of `forward`: what each calls, whom it wakes, and how long it rests. */
import { proxyActivities } from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import type { ForwardInput as StepInput, Reached } from '../activities/types.ts';
import type { Source } from '../domain/formats/layout.ts';
import { FANOUT } from '../domain/plans/merge.ts';
import { FORWARD } from './policies.ts';

const { project, load, report, reconcile, compact, mergeLedger } = proxyActivities<EtlActivities>({ ...FORWARD });

export type LaneName = Reached | 'files';

/** Below every ledger version, and below that of nothing applied. */
export const UNKNOWN = -2;

interface Step {
  readonly applied: number;
  readonly behind: number;
  /** Another call finds something to do. */
  readonly more: boolean;
}

export interface Lane {
  readonly name: LaneName;
  /** Brings it forward by one call. */
  readonly step: (input: StepInput) => Promise<Step>;
  /** Lanes that have something to do once this one has moved. */
  readonly wakes: readonly LaneName[];
  /** There is something to do once tables are ahead by as many ledger versions since it was last done, or since this run began; absent: always. */
  readonly every?: number;
  /** Least time between two calls while work keeps coming: what takes many decisions at once is the cheaper the more there are. */
  readonly restMs: number;
}

const by = (source: Source, what: string) => ({ summary: `${what} of ${source}` });

/** Nobody waits for another: tables go on where documents cannot, reports where a proof fails. */
export const LANES: readonly Lane[] = [
  {
    name: 'tables',
    step: async ({ source, ledger }) => {
      const input = ledger === undefined ? { source } : { source, ledger };
      const done = await project.executeWithOptions(by(source, 'tables'), [input]);
      return { ...done, more: done.behind > 0 };
    },
    wakes: ['documents', 'reports', 'files'],
    restMs: 0,
  },
  {
    name: 'documents',
    step: (input) => load.executeWithOptions(by(input.source, 'documents'), [input]),
    wakes: ['proof'],
    restMs: 0,
  },
  {
    name: 'reports',
    step: async (input) => {
      const done = await report.executeWithOptions(by(input.source, 'touched days'), [input]);
      return { ...done, more: false };
    },
    // MongoDB has reports, too.
    wakes: ['documents'],
    restMs: 2_000,
  },
  {
    name: 'proof',
    step: (input) => reconcile.executeWithOptions(by(input.source, 'entries not yet verified'), [input]),
    wakes: [],
    restMs: 10_000,
  },
  {
    name: 'files',
    step: keepFilesFew,
    // A merge decides nothing: nobody has to follow it.
    wakes: [],
    every: FANOUT,
    restMs: 15_000,
  },
];

/** Merges what there is enough of; the hourly upkeep does the same for what is left. */
async function keepFilesFew({ source, reached = UNKNOWN }: StepInput): Promise<Step> {
  await mergeLedger.executeWithOptions(by(source, 'ledger files'), [{ source, dryRun: false }]);
  await compact.executeWithOptions(by(source, 'table files'), [{ source, dryRun: false }]);
  // Files of the next size may be enough by now; they wait for the next look.
  return { applied: reached, behind: 0, more: false };
}
