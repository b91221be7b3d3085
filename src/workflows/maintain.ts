/** maintain: keeps files few and the store tidy. No step changes what anybody reads, and each may run late, twice or at the same time. */
import {
  ApplicationFailure,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import { type MaintainInput, type Round, type UpkeepStep, readMaintainInput } from '../domain/inputs/maintain.ts';
import type { Source } from '../domain/formats/layout.ts';
import { readOrFail } from './input-failure.ts';
import { UPKEEP } from './policies.ts';
import { causeOf } from './run-windows.ts';

const { compact, mergeLedger, snapshotLedger, checkpointLogs, settleDays } = proxyActivities<EtlActivities>({
  ...UPKEEP,
});
const { planVacuum, vacuum, purge, sweep, oddities } = proxyActivities<EtlActivities>({ ...UPKEEP });

/** What a step did for one source. `cut`: the history grew long, the next run goes on with it. */
export interface Upkept {
  readonly source: Source;
  readonly step: UpkeepStep;
  outcome: 'done' | 'failed' | 'cut';
  /** Sums of what its activities answered. */
  facts: Readonly<Record<string, number>>;
  /** The last object on the store that says more. */
  ref?: string;
  error?: string;
}

export interface MaintainResult {
  readonly done: readonly Upkept[];
}

interface Work extends Pick<Round, 'dryRun'> {
  readonly source: Source;
  /** Adds to the step's facts, and shows them. */
  readonly count: (facts: Upkept['facts'], ref?: string) => void;
  /** True when the step should leave the rest to the next run. */
  readonly isLong: () => boolean;
}

/** What is shown and carried of an error. */
const ERROR_CHARACTERS = 500;

/** Each step by its name. Resolves to false when it left something to the next run; it finds it again from the store. */
const STEPS: Readonly<Record<UpkeepStep, (work: Work) => Promise<boolean>>> = {
  compact: compactTables,
  merge: mergeFiles,
  snapshot: takeSnapshot,
  checkpoint: writeCheckpoints,
  settle: settleAll,
  vacuum: vacuumTables,
  purge: purgeTombstones,
  sweep: sweepStaging,
  oddities: reportOddities,
};

/**
 * Does `{source?, steps?, dryRun?}`; `{}` is the hourly round of every source. A step that fails does not stop the others;
 * the run then fails and names it. `before` is what earlier runs of the same round have done.
 */
export async function maintain(input?: MaintainInput, before: readonly Upkept[] = []): Promise<MaintainResult> {
  const round = readOrFail(() => readMaintainInput(input));
  const done = [...before];
  for (const source of round.sources) {
    for (const step of round.steps) {
      let upkept = done.find((earlier) => earlier.source === source && earlier.step === step);
      if (upkept !== undefined && upkept.outcome !== 'cut') continue;
      if (upkept === undefined) done.push((upkept = { source, step, outcome: 'cut', facts: {} }));
      await perform(upkept, round, () => show(round, done));
      if (upkept.outcome === 'cut') await continueAsNew<typeof maintain>(input ?? {}, done);
    }
  }
  const failed = done.filter(({ outcome }) => outcome === 'failed');
  if (failed.length > 0) {
    throw ApplicationFailure.nonRetryable(
      `${failed.length} of ${done.length} steps failed: ${failed.map(({ source, step, error }) => `${step} of ${source}: ${error ?? ''}`).join('; ')}. No data is touched by a step that fails; mend the cause and start maintain again.`,
      'UpkeepFailed',
      { done },
    );
  }
  return { done };
}

async function perform(upkept: Upkept, { dryRun }: Round, showAll: () => void): Promise<void> {
  const count = (facts: Upkept['facts'], ref?: string): void => {
    const sum = { ...upkept.facts };
    for (const [name, n] of Object.entries(facts)) sum[name] = (sum[name] ?? 0) + n;
    upkept.facts = sum;
    if (ref !== undefined) upkept.ref = ref;
    showAll();
  };
  const isLong = (): boolean => workflowInfo().continueAsNewSuggested;
  try {
    const isWhole = await STEPS[upkept.step]({ source: upkept.source, dryRun, count, isLong });
    upkept.outcome = isWhole ? 'done' : 'cut';
  } catch (error) {
    if (isCancellation(error)) throw error;
    upkept.outcome = 'failed';
    upkept.error = causeOf(error).slice(0, ERROR_CHARACTERS);
  }
  showAll();
}

/** Calls of one step; the next round goes on. */
const CALLS_AT_MOST = 1_000;

async function compactTables({ source, dryRun, count, isLong }: Work): Promise<boolean> {
  for (let calls = 0; calls < CALLS_AT_MOST; calls += 1) {
    if (isLong()) return false;
    const { replaced, files, rows, bytes } = await compact({ source, dryRun });
    if (replaced > 0) count({ replaced, files, rows, bytes });
    if (dryRun || replaced === 0) return true;
  }
  return true;
}

async function mergeFiles({ source, dryRun, count, isLong }: Work): Promise<boolean> {
  for (let calls = 0; calls < CALLS_AT_MOST; calls += 1) {
    if (isLong()) return false;
    const { replaced, files, rows } = await mergeLedger({ source, dryRun });
    if (replaced > 0) count({ replaced, files, rows });
    if (dryRun || replaced === 0) return true;
  }
  return true;
}

async function takeSnapshot({ source, dryRun, count }: Work): Promise<boolean> {
  if (dryRun) return true;
  const { written, reportsJoined } = await snapshotLedger({ source });
  count({ written: written ? 1 : 0, reportsJoined });
  return true;
}

async function writeCheckpoints({ source, dryRun, count }: Work): Promise<boolean> {
  if (dryRun) return true;
  const { checkpoints, removed } = await checkpointLogs({ source });
  count({ checkpoints: Object.keys(checkpoints).length, removed });
  return true;
}

async function settleAll({ source, dryRun, count, isLong }: Work): Promise<boolean> {
  if (dryRun) return true;
  let after: string | undefined;
  for (let calls = 0; calls < CALLS_AT_MOST; calls += 1) {
    if (isLong()) return false;
    const { looked, settled, reopened, next } = await settleDays({ source, ...(after === undefined ? {} : { after }) });
    count({ looked, settled, reopened: reopened.length });
    if (next === undefined) return true;
    after = next;
  }
  return true;
}

async function purgeTombstones({ source, dryRun, count }: Work): Promise<boolean> {
  if (dryRun) return true;
  count({ ...(await purge({ source })) });
  return true;
}

async function vacuumTables({ source, dryRun, count, isLong }: Work): Promise<boolean> {
  for (let calls = 0; calls < CALLS_AT_MOST; calls += 1) {
    if (isLong()) return false;
    const { ref, files, bytes, kept, more } = await planVacuum({ source });
    if (dryRun) count({ files, bytes, ...kept }, ref);
    if (dryRun || ref === undefined) return true;
    const summary = `${files} files, ${bytes} bytes`;
    const deleted = await vacuum.executeWithOptions({ summary }, [{ source, ref }]);
    count({ ...deleted }, ref);
    if (!more || deleted.files === 0) return true;
  }
  return true;
}

async function sweepStaging({ source, dryRun, count, isLong }: Work): Promise<boolean> {
  for (let calls = 0; calls < CALLS_AT_MOST; calls += 1) {
    if (isLong()) return false;
    const { files, bytes, more } = await sweep({ source, dryRun });
    count({ files, bytes });
    if (dryRun || !more) return true;
  }
  return true;
}

async function reportOddities({ source, count }: Work): Promise<boolean> {
  const { ref, rows, messages, reusedIds, changedRedeliveries, twins } = await oddities({ source });
  const counts = { reusedIds: reusedIds.count, changedRedeliveries: changedRedeliveries.count, twins: twins.count };
  count({ rows, messages, ...counts }, ref);
  return true;
}

function show({ dryRun }: Round, done: readonly Upkept[]): void {
  const lines = done.map(({ source, step, outcome, facts, ref, error }) => {
    const what = Object.entries(facts).map(([name, n]) => `${name} ${n}`);
    const state = outcome === 'cut' ? 'running' : outcome;
    return `| ${source} | ${step} | ${state} | ${error ?? (what.join(', ') || 'nothing to do')} | ${ref ?? ''} |`;
  });
  setCurrentDetails(
    [
      ...(dryRun ? ['**Dry run**: what would be done', ''] : []),
      '| source | step | | what | more |',
      '| --- | --- | --- | --- | --- |',
      ...lines,
    ].join('\n'),
  );
}
