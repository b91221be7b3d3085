/**
 * A storm: a lake in which everything happens at once and goes wrong, for one seed. Then it calms down, what is left is done, and what is
 * published is compared with what was sent.
 */
import { random } from '../support/desk-lines.ts';
import { type Checked, checkStorm } from './storm-check.ts';
import { windowOf, windowStart } from '../../src/domain/window.ts';
import { FANOUT } from '../../src/domain/plans/merge.ts';
import { landMessages, startLanes } from './storm-lanes.ts';
import { calmCalls, rebuildWindow, runWindow } from './storm-runs.ts';
import { type Storm, WINDOWS, openStorm } from './storm-world.ts';

export interface StormFigures extends Checked {
  readonly attempts: number;
  readonly lives: number;
  readonly wipes: number;
  readonly jumps: number;
}

const ROUNDS = 30;

/** Runs the storm of a seed. Throws, telling how to run it again, where anything is not as it should. */
export async function runStorm(seed: number): Promise<StormFigures> {
  const storm = openStorm(seed);
  try {
    if (storm.next() < 0.5) await receiveHistory(storm);
    startLanes(storm);
    await storm.turns.run();
    await calmDown(storm);
    const { tally, documents } = storm;
    const facts = await checkStorm(storm);
    return { ...facts, attempts: tally.attempts, lives: tally.deaths, wipes: documents.wipes, jumps: tally.jumps };
  } catch (error) {
    const again = `STORM_FROM=${seed} STORM_SEEDS=1 npm run faults -- storm`;
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`the storm of seed ${seed} (again: ${again}): ${why}`, { cause: error });
  } finally {
    storm.close();
  }
}

/** Some small windows of an earlier day, published in calm: enough files that upkeep finds some to make one of. */
async function receiveHistory(storm: Storm): Promise<void> {
  const [source] = storm.sources;
  const { next } = storm;
  const process = await storm.process(next, 0);
  for (let hour = 0; hour < FANOUT; hour += 1) {
    const window = windowOf(`2025-12-31T${String(hour).padStart(2, '0')}`);
    const message = source!.message(hour, next);
    await landMessages(storm, process, { source: source!.source, openedAt: windowStart(window) }, [message]);
    await runWindow(calmCalls(process), source!.source, window);
  }
  await calmCalls(process).call('project', { source: source!.source });
}

/** Does what is pending, until nothing is; in some storms every window is judged once more, by one set of rules. */
async function calmDown(storm: Storm): Promise<void> {
  const next = random(storm.seed + 2);
  const isRebuilt = next() < 0.5;
  for (const { source } of storm.sources) {
    const process = await storm.process(next, Math.floor(next() * storm.codes.length));
    const calls = calmCalls(process);
    for (let round = 0; round < ROUNDS; round += 1) {
      await calls.call('settleDays', { source });
      const { windows } = await calls.call('listPending', { source });
      if (windows.length === 0) break;
      for (const window of windows) await runWindow(calls, source, window);
    }
    for (const window of isRebuilt ? WINDOWS : []) await rebuildWindow(calls, source, window);
    for (const step of ['project', 'report', 'load', 'reconcile'] as const) await calls.call(step, { source });
  }
}
