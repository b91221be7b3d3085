/** Runs of windows as the workflows take them, through a storm: every step in some process, tried again, done twice, or given up. */
import type { Decided, PublishOutcome, SealRef, Staged } from '../../src/activities/types.ts';
import type { Compressed } from '../../src/activities/window/compress.ts';
import type { Source } from '../../src/domain/formats/layout.ts';
import type { Window } from '../../src/domain/window.ts';
import type { EtlActivities } from '../../src/activities/index.ts';
import { type Input, type Output, type Storm, type StormProcess, inCalm } from './storm-world.ts';
import { isGone, isTransient } from './storm-weather.ts';

/** A run that nobody goes on with: killed, or ended by somebody. */
export class GivenUp extends Error {}

/** Who runs: a name for its luck, and its own lots. */
export interface Runner {
  readonly name: string;
  readonly next: () => number;
}

const TRIES = 30;
const TWICE = 0.06;
const GIVE_UP = 0.02;
/** What may find that an object is gone if it slept for days: it begins again by itself. */
const MAY_SLEEP: ReadonlySet<string> = new Set([
  'project',
  'load',
  'reconcile',
  'report',
  'compact',
  'mergeLedger',
  'planVacuum',
]);

/** Runs one activity to its answer, wherever that takes it. `code`: in processes of this code only. */
export async function perform<N extends keyof EtlActivities>(
  storm: Storm,
  { name: who, next }: Runner,
  activity: N,
  input: Input<N>,
  code?: number,
): Promise<Output<N>> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (next() < GIVE_UP) throw new GivenUp(`${who} gives up`);
    const process = await storm.process(next, code);
    if (next() < TWICE) {
      // Its worker was taken for dead: another one does the same meanwhile, or long after.
      const twin = await storm.process(next, code);
      storm.turns.start(`${who}, twin`, async () => {
        await attempt(storm, who, twin, activity, input);
      });
    }
    const done = await attempt(storm, who, process, activity, input);
    if (done !== undefined) return done.output;
  }
  throw new GivenUp(`${who} had no luck`);
}

/** One attempt; undefined: it failed as anything may. */
async function attempt<N extends keyof EtlActivities>(
  storm: Storm,
  who: string,
  process: StormProcess,
  activity: N,
  input: Input<N>,
): Promise<{ readonly output: Output<N> } | undefined> {
  const { tally, documents } = storm;
  const before = { jumps: tally.jumps, wipes: documents.wipes };
  const isLoad = activity === 'load';
  tally.loads += isLoad ? 1 : 0;
  const name = `${who} ${activity} ${(tally.attempts += 1)}`;
  try {
    return { output: await storm.weather.attempt(name, process, () => inCalm(process, activity, input)) };
  } catch (error) {
    if (process.isDead || isTransient(error)) return undefined;
    if (isGone(error) && tally.jumps > before.jumps && MAY_SLEEP.has(activity)) return undefined;
    if (activity === 'reconcile' && documents.wipes > before.wipes) return undefined;
    throw new Error(`${name} in ${process.name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    tally.loads -= isLoad ? 1 : 0;
  }
}

/** Runs activities, in processes of one code or of any; how that goes is the caller's. */
export interface Calls {
  call<N extends keyof EtlActivities>(activity: N, input: Input<N>, code?: number): Promise<Output<N>>;
  /** The code that the next try of a run meets; undefined: any, step by step. */
  code(tries: number): number | undefined;
}

/** After so many tries a run meets one code only: as when a roll-out has ended. */
const MIXED = 3;

/** Through the storm. */
export const stormyCalls = (storm: Storm, runner: Runner): Calls => ({
  call: (activity, input, code) => perform(storm, runner, activity, input, code),
  code: (tries) => (tries < MIXED && runner.next() < 0.3 ? undefined : Math.floor(runner.next() * storm.codes.length)),
});

/** In one process, in calm. */
export const calmCalls = (process: StormProcess): Calls => ({
  call: (activity, input) => inCalm(process, activity, input),
  code: () => undefined,
});

const CONFLICTS = 50;
const STALE = 60;

type Judged = { readonly seal: SealRef; readonly revision: number; readonly ledger?: number };

/** As the workflow `judge`: dedupes again after a conflict, begins again where what was staged is stale. */
async function judge(calls: Calls, judged: Judged): Promise<Exclude<PublishOutcome, { kind: 'stale' | 'conflict' }>> {
  let why = '';
  for (let tries = 0; tries < STALE; tries += 1) {
    const outcome = await judgeOnce(calls, judged, calls.code(tries));
    if (outcome.kind !== 'stale' && outcome.kind !== 'conflict') return outcome;
    why = JSON.stringify(outcome);
  }
  throw new Error(`${judged.seal.seal} r${judged.revision} comes to no end: ${why}`);
}

async function judgeOnce(
  { call }: Calls,
  { seal, revision, ledger }: Judged,
  code: number | undefined,
): Promise<PublishOutcome> {
  const staged: Staged[] = [];
  for (let chunk = 0; chunk < seal.chunks; chunk += 1) {
    const part = await call('cleanse', { seal, revision, chunk }, code);
    if ('kind' in part) return part;
    staged.push(part);
  }
  let verdicts: string | undefined;
  let compressed: readonly Compressed[] = [];
  let known = ledger === undefined ? {} : { ledger };
  for (let tries = 0; tries < CONFLICTS; tries += 1) {
    const decided: Decided = await call('dedupe', { seal, revision, staged, ...known }, code);
    if (decided.kind !== 'decided') return decided;
    if (decided.verdicts !== verdicts) {
      const files: Compressed[] = [];
      for (let range = 0; range < decided.ranges; range += 1) {
        const made = await call('compress', { decided: decided.ref, staged, range }, code);
        if (made.kind === 'stale') return made;
        files.push(made);
      }
      compressed = files;
    }
    verdicts = decided.verdicts;
    const outcome = await call('publish', { seal, decided: decided.ref, compressed }, code);
    if (outcome.kind !== 'conflict') return outcome;
    known = { ledger: outcome.head };
  }
  throw new Error(`${seal.seal} r${revision} conflicts for ever`);
}

/** As the workflow `etlWindow`, one round; the ledger version that holds all of it, −1: there was nothing. */
export async function runWindow(calls: Calls, source: Source, window: Window): Promise<number> {
  const sealed = await calls.call('sealWindow', { source, window, parked: true });
  if (sealed.kind === 'parked') throw new Error(`${source} ${window} is parked`);
  let last = -1;
  for (const seal of sealed.seals) {
    const { version } = await judge(calls, { seal, revision: 0, ledger: Math.max(sealed.ledger, last) });
    last = Math.max(last, version);
  }
  return last;
}

const REVISIONS = 20;

/** As the workflow `rebuildWindow`: under the next revision until it is published, or nothing is there. */
export async function rebuildWindow(calls: Calls, source: Source, window: Window): Promise<void> {
  for (let tries = 0; tries < REVISIONS; tries += 1) {
    const plan = await calls.call('planRebuild', { source, window });
    if (plan.kind !== 'planned') return;
    const { seal, revision } = plan;
    if ((await judge(calls, { seal, revision })).kind !== 'overtaken') return;
  }
}
