/** The walk of one window as the workflows take it, in this process: every activity, no Temporal. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { type EtlActivities, createEtlActivities } from '../../src/activities/index.ts';
import type { Ports } from '../../src/activities/ports.ts';
import type {
  Compared,
  ForwardInput,
  Overtaken,
  PublishOutcome,
  RebuildInput,
  SealRef,
  Staged,
  WindowInput,
} from '../../src/activities/types.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';

/** As the workflow's. */
type Judged = { readonly seal: SealRef; readonly revision: number; readonly ledger?: number };
type Decide = 'publish' | 'compare';
type Outcome = PublishOutcome | Compared;
type Told = (activity: string) => void;
type Call = (input: unknown) => Promise<unknown>;

/** The activities, each run as an attempt of its own; `done` is told after each. */
export function attempted(ports: Ports, done: Told = () => undefined): EtlActivities {
  const each = Object.entries(createEtlActivities(ports, REPORTS)).map(([name, activity]) => {
    const call = async (input: unknown): Promise<unknown> => {
      const output = await new MockActivityEnvironment().run(activity as Call, input);
      done(name);
      return output;
    };
    return [name, call];
  });
  return Object.fromEntries(each) as EtlActivities;
}

/** A staged chunk. Throws where the plan that it is of is gone. */
export function stagedPart(part: Staged | Overtaken): Staged {
  if ('kind' in part) throw new Error(`cleanse answered ${part.kind}`);
  return part;
}

export async function judge(
  { cleanse, dedupe, compress, compare, publish }: EtlActivities,
  { seal, revision, ...known }: Judged,
  decide: Decide,
  expect?: string,
): Promise<Outcome> {
  const staged = [];
  for (let chunk = 0; chunk < seal.chunks; chunk += 1) {
    const part = await cleanse({ seal, revision, chunk });
    if ('kind' in part) return part;
    staged.push(part);
  }
  const decided = await dedupe({ seal, revision, staged, ...known });
  if (decided.kind !== 'decided') return decided;
  const compressed = [];
  for (let range = 0; range < decided.ranges; range += 1) {
    const made = await compress({ decided: decided.ref, staged, range });
    if (made.kind === 'stale') return made;
    compressed.push(made);
  }
  const ready = { seal, decided: decided.ref, compressed };
  if (decide === 'compare') return compare(ready);
  return publish(expect === undefined ? ready : { ...ready, expect });
}

/** By process, source and step: how far the step is known to be, as a run of the workflow `forward` knows it. */
const reachedBy = new WeakMap<Ports, Map<string, number>>();

/** Brings tables, documents, proofs and reports to the head, or to the version that is known. */
export async function bringForward(
  ports: Ports,
  { source, ledger }: Pick<ForwardInput, 'source' | 'ledger'>,
  done?: Told,
): Promise<void> {
  const { project, load, reconcile, report } = attempted(ports, done);
  const known = reachedBy.get(ports) ?? new Map<string, number>();
  reachedBy.set(ports, known);
  const { applied: reached } = await project(ledger === undefined ? { source } : { source, ledger });
  // Reports before documents: MongoDB's are filled from the store.
  for (const [name, step] of Object.entries({ report, load, reconcile })) {
    const applied = known.get(`${source} ${name}`) ?? -1;
    const versions = Object.entries({ reached, applied }).filter(([, version]) => version >= 0);
    const now = await step({ source, ...Object.fromEntries(versions) });
    known.set(`${source} ${name}`, now.applied);
  }
}

/** Publishes what there is of a window; what follows is bringForward's. `done` is told after each activity. */
export async function publishWindow(ports: Ports, window: WindowInput, done?: Told): Promise<readonly Outcome[]> {
  const activities = attempted(ports, done);
  const outcomes: Outcome[] = [];
  const sealed = await activities.sealWindow({ ...window, parked: true });
  if (sealed.kind === 'seals')
    for (const seal of sealed.seals)
      outcomes.push(await judge(activities, { seal, revision: 0, ledger: sealed.ledger }, 'publish'));
  return outcomes;
}

/** Runs a window that nobody else runs, all the way, and returns what was published. */
export async function runWindow(ports: Ports, window: WindowInput, done?: Told): Promise<readonly Outcome[]> {
  const outcomes = await publishWindow(ports, window, done);
  const versions = outcomes.flatMap((outcome) => (outcome.kind === 'published' ? [outcome.version] : []));
  await bringForward(ports, versions.length === 0 ? window : { ...window, ledger: Math.max(...versions) }, done);
  return outcomes;
}

/** Compacts until there is nothing to compact; returns how many files were replaced. */
export async function compactAll(ports: Ports, source: string): Promise<number> {
  const { compact } = attempted(ports);
  let all = 0;
  for (let replaced = -1; replaced !== 0; all += replaced) ({ replaced } = await compact({ source, dryRun: false }));
  return all;
}

/** Judges a window again, up to its ledger entry or its diff; what follows is bringForward's. */
export async function rebuild(
  ports: Ports,
  input: RebuildInput,
  decide: Decide = 'publish',
  done?: Told,
): Promise<Outcome | { readonly kind: 'nothing' }> {
  const activities = attempted(ports, done);
  const plan = await activities.planRebuild(input);
  return plan.kind === 'planned' ? judge(activities, plan, decide, input.expect) : plan;
}
