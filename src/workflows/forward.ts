/**
 * forward: everything decided of a source, to tables, documents, proof and reports; each by a loop of its own, from its own applied
 * version. A fifth keeps files few, so that what the others read does not grow with every decision.
 */
import {
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { type ForwardInput, readForwardInput } from '../domain/inputs/forward.ts';
import type { ForwardInput as StepInput } from '../activities/types.ts';
import type { Source } from '../domain/formats/layout.ts';
import { readOrFail } from './input-failure.ts';
import { LANES, type Lane, type LaneName, UNKNOWN } from './forward-lanes.ts';
import { readRunSetting } from './run-setting.ts';
import { causeOf } from './run-windows.ts';

/** `isAwaited`: somebody waits for all of it, so no loop rests until everything is forward. `ledger`: the newest version that is meant; absent: the head. */
export const wakeSignal = defineSignal<[wish?: { readonly isAwaited?: boolean; readonly ledger?: number }]>('wake');
export const progressQuery = defineQuery<readonly LaneProgress[]>('progress');

/** How far one loop is, and what it waits for. Times in ISO 8601. */
export interface LaneProgress {
  readonly name: LaneName;
  readonly applied: number;
  readonly behind: number;
  /** Why its last try failed, since when it fails, how often; null: it does not. */
  readonly waiting: { readonly since: string; readonly tries: number; readonly why: string } | null;
}

/** Quiet after which the workflow ends; the next decision starts it again. */
const IDLE_MS = 60_000;
const SIGNALS_PER_RUN = 300;
const FIRST_BACK_OFF_MS = 1_000;
/** What is away is found again within this long. */
const LAST_BACK_OFF_MS = 10_000;
const WHY_LENGTH = 500;
/** Whatever the ledger's head is. */
const HEAD = Infinity;

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
  readonly lanes: Readonly<Record<LaneName, LaneState>>;
  signals: number;
  /** The ledger version that the tables' next look is about. */
  wanted: number;
  isAwaited: boolean;
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
    ({ isAwaited = false, ledger = HEAD } = {}) => {
      state.signals += 1;
      state.isAwaited ||= isAwaited;
      // The others are woken by what it finds.
      state.lanes.tables.isDue = true;
      state.wanted = Math.max(state.wanted, ledger);
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
    if (isIdle()) state.isAwaited = false;
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
async function follow(state: State, { name, step, wakes, every, restMs }: Lane): Promise<void> {
  const own = state.lanes[name];
  const isEnding = (): boolean => state.isEnding;
  while (!isEnding()) {
    await condition(() => own.isDue || isEnding());
    if (isEnding()) return;
    own.isDue = false;
    if (every !== undefined && !isEnough(every, own, state.lanes.tables)) continue;
    own.isWorking = true;
    let hasMoved = false;
    try {
      const before = own.applied;
      const { applied, behind, more } = await step(inputOf(state, name));
      own.applied = applied;
      own.behind = behind;
      own.waiting = null;
      hasMoved = applied !== before;
      if (hasMoved) for (const other of wakes) state.lanes[other].isDue = true;
      if (more) again(state, name);
    } catch (error) {
      if (isCancellation(error)) throw error;
      again(state, name);
      own.waiting = failedAgain(own.waiting, error);
    }
    own.isWorking = false;
    show(state);
    const rest = own.waiting !== null ? backOffMs(own.waiting.tries) : hasMoved ? restMs : 0;
    const isRested = (): boolean => isEnding() || (state.isAwaited && own.waiting === null);
    if (rest > 0 && !isRested()) await condition(isRested, rest, { summary: `${name} rest` });
  }
}

/** What a lane's step is told, so that it need not ask. */
function inputOf(state: State, name: LaneName): StepInput {
  const { source, lanes } = state;
  if (name !== 'tables') return known({ source, reached: lanes.tables.applied, applied: lanes[name].applied });
  const ledger = state.wanted;
  state.wanted = UNKNOWN;
  return known({ source, ledger });
}

/** A version that nobody knows is left out; so is the ledger's head, which has to be asked for. */
function known({ source, ...versions }: StepInput): StepInput {
  const told = Object.entries(versions).filter(([, version]) => version > UNKNOWN && version < HEAD);
  return { source, ...Object.fromEntries(told) };
}

/** The next look of the tables takes whatever there is by then. */
function again(state: State, name: LaneName): void {
  state.lanes[name].isDue = true;
  if (name === 'tables') state.wanted = HEAD;
}

/** Counts from where tables are when a run first looks. */
function isEnough(every: number, own: LaneState, tables: LaneState): boolean {
  if (own.applied === UNKNOWN) own.applied = tables.applied;
  return tables.applied - own.applied >= every;
}

const failedAgain = (before: LaneProgress['waiting'], error: unknown): NonNullable<LaneProgress['waiting']> => ({
  since: before?.since ?? new Date().toISOString(),
  tries: (before?.tries ?? 0) + 1,
  why: causeOf(error).slice(0, WHY_LENGTH),
});

const backOffMs = (tries: number): number => Math.min(FIRST_BACK_OFF_MS * 2 ** (tries - 1), LAST_BACK_OFF_MS);

function openState(source: Source, earlier: readonly LaneProgress[] = []): State {
  const lane = (name: LaneName): LaneState => {
    const { applied = UNKNOWN, behind = 0, waiting = null } = earlier.find((one) => one.name === name) ?? {};
    // What the first look finds is news to this run, so every lane that follows gets its turn.
    const from = name === 'files' ? applied : UNKNOWN;
    return { applied: from, behind, waiting, isDue: name === 'tables' || waiting !== null, isWorking: false };
  };
  const lanes = {
    tables: lane('tables'),
    documents: lane('documents'),
    reports: lane('reports'),
    proof: lane('proof'),
    files: lane('files'),
  };
  return { source, lanes, signals: 0, wanted: HEAD, isAwaited: false, isEnding: false };
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
