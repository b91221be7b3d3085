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
import type { Source } from '../domain/layout.ts';
import { readOrFail } from './input-failure.ts';
import { UPKEEP } from './policies.ts';
import { causeOf } from './run-window.ts';

const { listCompactions, compact, mergeLedger, project, load, indexLedger, checkpointLogs, settleDays } =
  proxyActivities<EtlActivities>({ ...UPKEEP });
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

interface Work extends Pick<Round, 'scope' | 'dryRun'> {
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
  compact: compactDays,
  merge: mergeFiles,
  index: indexEntries,
  checkpoint: writeCheckpoints,
  settle: settleAll,
  vacuum: vacuumTables,
  purge: purgeTombstones,
  sweep: sweepStaging,
  oddities: reportOddities,
};

/**
 * Does `{source?, steps?, dryRun?, scope?}`; `{}` is the hourly round of every source. A step that fails does not stop the others;
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

async function perform(upkept: Upkept, { scope, dryRun }: Round, showAll: () => void): Promise<void> {
  const count = (facts: Upkept['facts'], ref?: string): void => {
    const sum = { ...upkept.facts };
    for (const [name, n] of Object.entries(facts)) sum[name] = (sum[name] ?? 0) + n;
    upkept.facts = sum;
    if (ref !== undefined) upkept.ref = ref;
    showAll();
  };
  const isLong = (): boolean => workflowInfo().continueAsNewSuggested;
  try {
    const isWhole = await STEPS[upkept.step]({ source: upkept.source, scope, dryRun, count, isLong });
    upkept.outcome = isWhole ? 'done' : 'cut';
  } catch (error) {
    if (isCancellation(error)) throw error;
    upkept.outcome = 'failed';
    upkept.error = causeOf(error).slice(0, ERROR_CHARACTERS);
  }
  showAll();
}

async function compactDays({ source, scope, dryRun, count, isLong }: Work): Promise<boolean> {
  for (;;) {
    const { days, files, bytes } = await listCompactions({ source, scope });
    if (dryRun) count({ days: days.length, replaced: files, bytes });
    if (dryRun || days.length === 0) return true;
    let failure: Error | undefined;
    let isMoving = false;
    for (const day of days) {
      if (isLong()) return false;
      const summary = `${day.table}, ${day.eventDate}`;
      try {
        const compacted = await compact.executeWithOptions({ summary }, [{ source, scope, ...day }]);
        isMoving ||= compacted.replaced > 0;
        if (compacted.replaced > 0) count({ ...compacted });
      } catch (error) {
        if (isCancellation(error)) throw error;
        failure ??= error instanceof Error ? error : new Error(String(error));
      }
    }
    if (failure !== undefined) throw failure;
    if (!isMoving) return true;
  }
}

async function mergeFiles({ source, dryRun, count, isLong }: Work): Promise<boolean> {
  for (;;) {
    if (isLong()) return false;
    const { replaced, files, rows } = await mergeLedger({ source, dryRun });
    if (replaced > 0) count({ replaced, files, rows });
    if (dryRun || replaced === 0) break;
  }
  // So that nothing seems to lag behind the ledger until the next message comes.
  while (!dryRun && (await project({ source })).behind > 0);
  while (!dryRun && (await load({ source })).behind > 0);
  return true;
}

async function indexEntries({ source, dryRun, count }: Work): Promise<boolean> {
  if (dryRun) return true;
  const { written } = await indexLedger({ source });
  count({ written: written ? 1 : 0 });
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
  for (let after: string | undefined; ;) {
    if (isLong()) return false;
    const { looked, settled, reopened, next } = await settleDays({ source, ...(after === undefined ? {} : { after }) });
    count({ looked, settled, reopened: reopened.length });
    if (next === undefined) return true;
    after = next;
  }
}

async function purgeTombstones({ source, dryRun, count }: Work): Promise<boolean> {
  if (dryRun) return true;
  count({ ...(await purge({ source })) });
  return true;
}

async function vacuumTables({ source, dryRun, count, isLong }: Work): Promise<boolean> {
  for (;;) {
    if (isLong()) return false;
    const { ref, files, bytes, kept, more } = await planVacuum({ source });
    if (dryRun) count({ files, bytes, ...kept }, ref);
    if (dryRun || ref === undefined) return true;
    const summary = `${files} files, ${bytes} bytes`;
    const deleted = await vacuum.executeWithOptions({ summary }, [{ source, ref }]);
    count({ ...deleted }, ref);
    if (!more || deleted.files === 0) return true;
  }
}

async function sweepStaging({ source, dryRun, count, isLong }: Work): Promise<boolean> {
  for (;;) {
    if (isLong()) return false;
    const { files, bytes, more } = await sweep({ source, dryRun });
    count({ files, bytes });
    if (dryRun || !more) return true;
  }
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
