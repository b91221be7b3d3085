/** forward: everything decided of a source, to tables, documents, proof and reports; each by a loop of its own, from its own applied version. */
import {
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import type { ForwardInput as StepInput } from '../activities/types.ts';
import { type ForwardInput, readForwardInput } from '../domain/inputs/forward.ts';
import type { Source } from '../domain/layout.ts';
import type { Reached } from '../activities/types.ts';
import { readOrFail } from './input-failure.ts';
import { FORWARD } from './policies.ts';
import { readRunSetting } from './run-setting.ts';
import { causeOf } from './run-windows.ts';

const { project, load, report, reconcile } = proxyActivities<EtlActivities>({ ...FORWARD });

export const wakeSignal = defineSignal('wake');
export const progressQuery = defineQuery<readonly LaneProgress[]>('progress');

/** How far one loop is, and what it waits for. Times in ISO 8601. */
export interface LaneProgress {
  readonly name: Reached;
  readonly applied: number;
  readonly behind: number;
  /** Why its last try failed, since when it fails, how often; null: it does not. */
  readonly waiting: { readonly since: string; readonly tries: number; readonly why: string } | null;
}

interface Lane {
  readonly name: Reached;
  /** Brings it forward by one call; `more`: another one finds something to do. */
  readonly step: (
    input: StepInput,
  ) => Promise<{ readonly applied: number; readonly behind: number; readonly more: boolean }>;
  /** Lanes that have something to do once this one has moved. */
  readonly wakes: readonly Reached[];
  /** Least time between two calls while work keeps coming: what takes many decisions at once is the cheaper the more there are. */
  readonly restMs: number;
}

const by = (source: Source, what: string) => ({ summary: `${what} of ${source}` });

/** Nobody waits for another: tables go on where documents cannot, reports where a proof fails. */
const LANES: readonly Lane[] = [
  {
    name: 'tables',
    step: async ({ source }) => {
      const done = await project.executeWithOptions(by(source, 'tables'), [{ source }]);
      return { ...done, more: done.behind > 0 };
    },
    wakes: ['documents', 'reports'],
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
    restMs: 5_000,
  },
];

/** Quiet after which the workflow ends; the next decision starts it again. */
const IDLE_MS = 60_000;
const SIGNALS_PER_RUN = 300;
const FIRST_BACK_OFF_MS = 1_000;
/** What is away is found again within this long. */
const LAST_BACK_OFF_MS = 10_000;
const WHY_LENGTH = 500;

/** Below every ledger version, and below that of nothing applied. */
const UNKNOWN = -2;

interface LaneState {
  applied: number;
  behind: number;
  /** There may be something to do. */
  isDue: boolean;
  isWorking: boolean;
  waiting: LaneProgress['waiting'];
}

interface State {
  readonly source: Source;
  readonly lanes: Readonly<Record<Reached, LaneState>>;
  signals: number;
  isEnding: boolean;
}

/** Follows the ledger of a source until it is quiet. Woken by signal after each decision; to be started by hand it needs nothing else. */
export async function forward(
  input?: ForwardInput,
  earlier?: readonly LaneProgress[],
): Promise<readonly LaneProgress[]> {
  const { source } = readOrFail(() => readForwardInput(input));
  const state = openState(source, earlier);
  setHandler(
    wakeSignal,
    () => {
      state.signals += 1;
      // The others are woken by what it finds.
      state.lanes.tables.isDue = true;
    },
    { description: 'Something was decided: look at the ledger' },
  );
  setHandler(progressQuery, () => progressOf(state), { description: 'How far each is, and why one waits' });
  const { tag } = await readRunSetting();
  tag({ source, stage: 'projecting' });
  const isFull = (): boolean => state.signals >= SIGNALS_PER_RUN || workflowInfo().continueAsNewSuggested;
  const isIdle = (): boolean => Object.values(state.lanes).every(({ isDue, isWorking }) => !isDue && !isWorking);
  const loops = Promise.all(LANES.map((lane) => follow(state, lane)));
  for (let isQuiet = false; !isQuiet && !isFull();) {
    await Promise.race([loops, condition(() => isFull() || isIdle())]);
    isQuiet = !isFull() && !(await condition(() => isFull() || !isIdle(), IDLE_MS, { summary: 'quiet ends this run' }));
  }
  state.isEnding = true;
  await loops;
  // What was decided while the loops ended is in the next run's first look.
  if (isFull() || !isIdle()) return continueAsNew<typeof forward>({ source }, progressOf(state));
  tag({ stage: 'done' });
  return progressOf(state);
}

/** One lane's loop: works while there is something to do, tries again where it fails, and ends between two calls. */
async function follow(state: State, { name, step, wakes, restMs }: Lane): Promise<void> {
  const own = state.lanes[name];
  const isEnding = (): boolean => state.isEnding;
  while (!isEnding()) {
    await condition(() => own.isDue || isEnding());
    if (isEnding()) return;
    own.isDue = false;
    own.isWorking = true;
    let hasMoved = false;
    try {
      const before = own.applied;
      const reached = name === 'tables' ? UNKNOWN : state.lanes.tables.applied;
      const { applied, behind, more } = await step({ source: state.source, ...(reached < 0 ? {} : { reached }) });
      own.applied = applied;
      own.behind = behind;
      own.waiting = null;
      hasMoved = applied !== before;
      if (hasMoved) for (const other of wakes) state.lanes[other].isDue = true;
      if (more) own.isDue = true;
    } catch (error) {
      if (isCancellation(error)) throw error;
      own.isDue = true;
      own.waiting = failedAgain(own.waiting, error);
    }
    own.isWorking = false;
    show(state);
    const rest = own.waiting !== null ? backOffMs(own.waiting.tries) : hasMoved ? restMs : 0;
    if (rest > 0) await condition(isEnding, rest, { summary: `${name} rest` });
  }
}

const failedAgain = (before: LaneProgress['waiting'], error: unknown): NonNullable<LaneProgress['waiting']> => ({
  since: before?.since ?? new Date().toISOString(),
  tries: (before?.tries ?? 0) + 1,
  why: causeOf(error).slice(0, WHY_LENGTH),
});

const backOffMs = (tries: number): number => Math.min(FIRST_BACK_OFF_MS * 2 ** (tries - 1), LAST_BACK_OFF_MS);

function openState(source: Source, earlier: readonly LaneProgress[] = []): State {
  const lane = (name: Reached): LaneState => {
    const { behind = 0, waiting = null } = earlier.find((one) => one.name === name) ?? {};
    // What the first look finds is news to this run, so every lane gets its turn.
    return { applied: UNKNOWN, behind, waiting, isDue: name === 'tables' || waiting !== null, isWorking: false };
  };
  const lanes = {
    tables: lane('tables'),
    documents: lane('documents'),
    reports: lane('reports'),
    proof: lane('proof'),
  };
  return { source, lanes, signals: 0, isEnding: false };
}

const progressOf = ({ lanes }: State): readonly LaneProgress[] =>
  LANES.map(({ name }) => {
    const { applied, behind, waiting } = lanes[name];
    return { name, applied: Math.max(-1, applied), behind, waiting };
  });

function show(state: State): void {
  const rows = progressOf(state).map(({ name, applied, behind, waiting }) => {
    const why = waiting?.why.replace(/[|\s]+/g, ' ') ?? '';
    const standing = waiting === null ? '' : `waits since ${waiting.since}, ${waiting.tries} tries`;
    return `| ${name} | ${applied} | ${behind} | ${standing} | ${why} |`;
  });
  setCurrentDetails(
    [
      `**${state.source}**`,
      ['| | ledger version | behind | | why |', '|---|---:|---:|---|---|', ...rows].join('\n'),
    ].join('\n\n'),
  );
}
