/** Announcements in a flood, while runs roll over, others run the same windows and the worker is changed: every window gets a run after its last. */
import { setTimeout as sleep } from 'node:timers/promises';
import { random } from '../support/desk-lines.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { until } from '../support/until.ts';
import type { LiveWorld } from '../workflows/live-world.ts';

const AT_ONCE = 50;

export interface Flood {
  readonly signals: number;
  readonly runs: number;
  readonly rolledOver: number;
  readonly mostSignals: number;
  readonly windowRuns: number;
  readonly sentAfterMs: number;
  readonly doneAfterMs: number;
}

/** Sends `announcements` of five windows, and waits until all of them are done; the worker is changed when three fifths are sent. */
export async function floodLive(world: LiveWorld, announcements: number): Promise<Flood> {
  const next = random(7);
  const windows = Array.from({ length: 5 }, (_, n) => windowAfter(n));
  const before = (await world.runs()).length;
  let worker = await world.startWorker();
  world.during = () => sleep(40 * next());
  const started = Date.now();
  const changeAt = AT_ONCE * Math.floor((0.6 * announcements) / AT_ONCE);
  for (let sent = 0; sent < announcements; sent += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, () => windows[Math.floor(windows.length * next() ** 2)]!);
    // A run of somebody else, at work or about to be: the announcement finds it there.
    if (sent % (20 * AT_ONCE) === 0) await world.startRun(some[0]!);
    if (sent === changeAt) await worker.stop();
    await Promise.all(some.map((window) => world.announce([window], 1_000)));
    if (sent === changeAt) worker = await world.startWorker();
    // The server keeps at most a hundred for a workflow that is busy; a question is answered when they are taken.
    await world.progress();
  }
  const sentAfterMs = Date.now() - started;
  await until(world.allDone);
  await until(async () => (await world.progress()).running.length === 0);
  const doneAfterMs = Date.now() - started;
  const runs = (await world.runs()).slice(before);
  return {
    signals: runs.reduce((sum, { signals }) => sum + signals, 0),
    runs: runs.length,
    rolledOver: runs.filter(({ status }) => status === 'CONTINUED_AS_NEW').length,
    mostSignals: Math.max(...runs.map(({ signals }) => signals)),
    windowRuns: world.starts.length,
    sentAfterMs,
    doneAfterMs,
  };
}
