/** rebuildWindow: judges the published generations of a window again with today's code and contract, in one decision. */
import { ApplicationFailure, proxyActivities, proxyLocalActivities, setCurrentDetails } from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import type { Compared, PublishOutcome } from '../activities/types.ts';
import { type Counts, NO_COUNTS, countsTable } from '../domain/counts.ts';
import { type RebuildWindowInput, readRebuildWindowInput } from '../domain/inputs/rebuild.ts';
import { readOrFail } from './input-failure.ts';
import { judge, publishReady } from './judge.ts';
import { HEAVY, LOCAL, QUICK } from './policies.ts';

const { planRebuild } = proxyActivities<EtlActivities>({ ...QUICK });
const { compare, project } = proxyActivities<EtlActivities>({ ...HEAVY });
const { wakeForward } = proxyLocalActivities<EtlActivities>({ ...LOCAL });

export interface RebuildWindowResult extends Pick<RebuildWindowInput, 'source' | 'window'> {
  /** `nothing`: no generation of the window is published. `compared`: nothing was published, `diff` says what would change. */
  readonly outcome: 'published' | 'nothing' | 'compared';
  /** What this run published, or would publish. */
  readonly counts: Counts;
  /** The ledger entry that holds it; −1 where nothing was published. */
  readonly ledgerVersion: number;
  /** Key of the diff on the store. */
  readonly diff?: string;
}

type Outcome = Exclude<PublishOutcome, { kind: 'conflict' | 'stale' }> | Compared;

/**
 * Publishes one revision of the window, and brings tables, documents and reports to it. With `diff` it only compares; with `expect` it
 * publishes what that diff compared, or fails.
 */
export async function rebuildWindow(input?: RebuildWindowInput): Promise<RebuildWindowResult> {
  const asked = readOrFail(() => readRebuildWindowInput(input));
  const { source, window } = asked;
  if (asked.diff) await projectAll(source);
  const outcome = await revise(asked);
  if (outcome === undefined) {
    setCurrentDetails(
      `### ${source} ${window}\nNothing of this window is published, so there is nothing to judge again.`,
    );
    return { source, window, outcome: 'nothing', counts: NO_COUNTS, ledgerVersion: -1 };
  }
  if (outcome.kind === 'compared') {
    setCurrentDetails(comparedText(asked, outcome));
    return { source, window, outcome: 'compared', counts: outcome.counts, ledgerVersion: -1, diff: outcome.ref };
  }
  const counts = outcome.kind === 'published' ? outcome.counts : NO_COUNTS;
  setCurrentDetails(
    `### ${source} ${window}\npublished as ledger version ${outcome.version}; tables and documents follow`,
  );
  await wakeForward({ source });
  setCurrentDetails(publishedText(asked, outcome.version, counts));
  const { expect: diff } = asked;
  return {
    source,
    window,
    outcome: 'published',
    counts,
    ledgerVersion: outcome.version,
    ...(diff === undefined ? {} : { diff }),
  };
}

/** Others that rebuild the window at the same time. */
const REVISIONS_AT_MOST = 20;
/** Each brings two thousand decisions. */
const CALLS_AT_MOST = 1_000;

/** Judges under the next revision until it is published or compared; undefined when nothing of the window is published. */
async function revise(asked: RebuildWindowInput): Promise<Outcome | undefined> {
  const { source, window, diff, expect } = asked;
  for (let tries = 0; tries < REVISIONS_AT_MOST; tries += 1) {
    const plan = await planRebuild({ source, window, ...(expect === undefined ? {} : { expect }) });
    if (plan.kind === 'nothing') return undefined;
    if (plan.kind !== 'planned') return plan;
    const { seal, revision, generations } = plan;
    setCurrentDetails(
      `### ${source} ${window}\nrevision ${revision}: ${seal.lines} lines of ${generations} generation(s) are judged again`,
    );
    const outcome = await judge<PublishOutcome | Compared>({ seal, revision }, (ready) =>
      diff
        ? compare.executeWithOptions({ summary: `${seal.seal} r${revision} against what is published` }, [
            { seal, decided: ready.decided.ref, compressed: ready.compressed },
          ])
        : publishReady(ready, expect),
    );
    if (outcome.kind !== 'overtaken') return outcome;
    if (outcome.version >= 0 && (diff || expect !== undefined)) throw stale(asked, outcome.version);
  }
  throw stale(asked, -1);
}

/** Brings the tables to the head, so that there is something to compare with. */
async function projectAll(source: string): Promise<void> {
  for (let calls = 0; calls < CALLS_AT_MOST; calls += 1)
    if ((await project.executeWithOptions({ summary: `tables of ${source}` }, [{ source }])).behind === 0) return;
}

const stale = ({ source, window }: RebuildWindowInput, version: number): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `The diff is stale: ${source} ${window} was judged again meanwhile (ledger version ${version}); nothing was published by this run, compare again.`,
    'Permanent',
  );

const heading = ({ source, window }: RebuildWindowInput): string => `### ${source} ${window}`;

function publishedText(asked: RebuildWindowInput, version: number, counts: Counts): string {
  return [heading(asked), `judged again as ledger version ${version}`, '', ...countsTable(counts)].join('\n');
}

function comparedText(asked: RebuildWindowInput, { ref, verdictsChanged, tables }: Compared): string {
  const rows = tables.map(
    ({ table, before, after, onlyBefore, onlyAfter, changed }) =>
      `| ${table} | ${before} | ${after} | ${onlyBefore} | ${onlyAfter} | ${changed} |`,
  );
  return [
    heading(asked),
    `compared, nothing is published; ${verdictsChanged} verdict(s) would change`,
    '',
    '| table | rows before | after | only before | only after | changed |',
    '|---|---:|---:|---:|---:|---:|',
    ...rows,
    '',
    `To publish exactly this: \`{"source":"${asked.source}","window":"${asked.window}","expect":"${ref}"}\``,
  ].join('\n');
}
