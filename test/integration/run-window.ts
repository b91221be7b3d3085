/** The walk of one window as the workflows take it, in this process: every activity, no Temporal. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { createEtlActivities } from '../../src/activities/index.ts';
import type { Ports } from '../../src/activities/ports.ts';
import type { Compared, PublishOutcome, RebuildInput, SealRef, WindowInput } from '../../src/activities/types.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';

const run = <I, O>(activity: (input: I) => Promise<O>, input: I): Promise<O> =>
  new MockActivityEnvironment().run<[I], O, (input: I) => Promise<O>>(activity, input);

type Decide = 'publish' | 'compare';
type Outcome = PublishOutcome | Compared;

async function judge(ports: Ports, seal: SealRef, revision: number, decide: Decide, expect?: string): Promise<Outcome> {
  const activities = createEtlActivities(ports, REPORTS);
  const staged = [];
  for (let chunk = 0; chunk < seal.chunks; chunk += 1)
    staged.push(await run(activities.cleanse, { seal, revision, chunk }));
  const decided = await run(activities.dedupe, { seal, revision, staged });
  if (decided.kind !== 'decided') return decided;
  const compressed = [];
  for (let list = 0; list < decided.dateLists; list += 1)
    compressed.push(await run(activities.compress, { decided: decided.ref, staged, list }));
  const ready = { seal, decided: decided.ref, compressed };
  if (decide === 'compare') return run(activities.compare, ready);
  return run(activities.publish, expect === undefined ? ready : { ...ready, expect });
}

/** Brings tables, documents, proofs and reports to the head. */
export async function bringForward(ports: Ports, { source }: Pick<WindowInput, 'source'>): Promise<void> {
  const { project, load, reconcile, report } = createEtlActivities(ports, REPORTS);
  for (const step of [project, load, reconcile, report] as const)
    await run<{ source: string }, unknown>(step, { source });
}

/** Runs a window that nobody else runs, and returns what was published. */
export async function runWindow(ports: Ports, window: WindowInput): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const seal of await run(createEtlActivities(ports, REPORTS).sealWindow, window))
    outcomes.push(await judge(ports, seal, 0, 'publish'));
  await bringForward(ports, window);
  return outcomes;
}

/** Judges a window again, up to its ledger entry or its diff; what follows is bringForward's. */
export async function rebuild(
  ports: Ports,
  input: RebuildInput,
  decide: Decide = 'publish',
): Promise<Outcome | { readonly kind: 'nothing' }> {
  const plan = await run(createEtlActivities(ports, REPORTS).planRebuild, input);
  return plan.kind === 'planned' ? judge(ports, plan.seal, plan.revision, decide, input.expect) : plan;
}
