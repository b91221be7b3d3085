/** The walk of one window as the workflow takes it, in this process: every activity, no Temporal. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { createEtlActivities } from '../../src/activities/index.ts';
import type { Ports } from '../../src/activities/ports.ts';
import type { PublishOutcome, SealRef, WindowInput } from '../../src/activities/types.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';

/** Runs a window that nobody else runs, and returns what was published. `done` is told after each activity. */
export async function runWindow(
  ports: Ports,
  window: WindowInput,
  done: (activity: string) => void = () => undefined,
): Promise<readonly PublishOutcome[]> {
  const activities = createEtlActivities(ports, REPORTS);
  const run = async <I, O>(activity: (input: I) => Promise<O>, input: I): Promise<O> => {
    const output = await new MockActivityEnvironment().run<[I], O, (input: I) => Promise<O>>(activity, input);
    const [name] = Object.entries(activities).find(([, candidate]) => Object.is(candidate, activity)) ?? [''];
    done(name);
    return output;
  };

  const judge = async (seal: SealRef): Promise<PublishOutcome> => {
    const staged = [];
    for (let chunk = 0; chunk < seal.chunks; chunk += 1)
      staged.push(await run(activities.cleanse, { seal, revision: 0, chunk }));
    const decided = await run(activities.dedupe, { seal, revision: 0, staged });
    if (decided.kind === 'alreadyPublished') return decided;
    const compressed = [];
    for (let list = 0; list < decided.dateLists; list += 1)
      compressed.push(await run(activities.compress, { decided: decided.ref, staged, list }));
    return run(activities.publish, { seal, decided: decided.ref, compressed });
  };

  const outcomes: PublishOutcome[] = [];
  for (const seal of await run(activities.sealWindow, window)) outcomes.push(await judge(seal));
  for (const step of [activities.project, activities.load, activities.reconcile, activities.report] as const)
    await run<{ source: string }, unknown>(step, window);
  return outcomes;
}
