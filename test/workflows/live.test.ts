/** live on the real server: whatever is announced gets a run that starts afterwards. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { floodLive } from '../faults/announcements.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { until } from '../support/until.ts';
import { INTERVAL_MS, type LiveWorld, openLiveWorld } from './live-world.ts';

let world: LiveWorld;
beforeAll(async () => {
  world = await openLiveWorld();
});
afterEach(() => world.clear());
afterAll(() => world.close());

test('the first message after quiet is run at once, the next after the interval, and quiet ends it', async () => {
  await world.startWorker();
  const [a] = [windowAfter(0)];
  await world.announce([a], 4_000);
  await until(world.allDone);
  await world.announce([a], 4_000);
  await world.announce([a], 4_000);
  await until(world.allDone);
  expect(world.starts).toHaveLength(2);
  // Rounds are an interval apart; an activity begins later than its round by whatever else the machine does.
  expect(world.starts[1]!.at - world.starts[0]!.at).toBeGreaterThan(2_000);
  expect(await world.progress()).toMatchObject({ waiting: [], paused: false, refused: 0 });
  await world.live().terminate();
  await world.announce([a]);
  await world.ended();
  expect((await world.live().describe()).status.name).toBe('COMPLETED');
  expect(await world.live().result()).toMatchObject({ runs: 1 });
}, 300_000);

test('1,000 announcements, roll-overs, other runs and a change of worker: none is lost', async () => {
  const { signals, rolledOver, mostSignals } = await floodLive(world, 1_000);
  expect(signals).toBe(1_000);
  expect(rolledOver).toBeGreaterThanOrEqual(3);
  expect(mostSignals).toBeLessThan(2_000);
}, 400_000);

test('announcements around the moment at which quiet ends it are not lost', async () => {
  await world.startWorker();
  const before = (await world.runs()).length;
  for (let n = 0; n < 8; n += 1) {
    await world.announce([windowAfter(0)], 100);
    await until(world.allDone);
    // Quiet is twenty intervals.
    await sleep(1_900 + 40 * n);
  }
  await world.ended();
  const runs = (await world.runs()).slice(before);
  expect(runs.reduce((sum, { signals }) => sum + signals, 0)).toBe(8);
  expect(new Set(runs.map(({ status }) => status))).toEqual(new Set(['COMPLETED']));
  expect(world.allDone()).toBe(true);
}, 400_000);

test('an announcement during a run of the window, whoever started it, gets a run that starts afterwards', async () => {
  await world.startWorker();
  const window = windowAfter(100);
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  world.during = () => (world.starts.length === 1 ? gate : Promise.resolve());
  const theirs = await world.startRun(window);
  await until(() => world.starts.length === 1);
  await world.announce([window]);
  // It asks again and again whether its own run may start: not one starts beside the one at work.
  await until(async () => {
    const { running, waiting } = await world.progress();
    return running.length + waiting.length === 1;
  });
  await sleep(1_500);
  expect(world.starts).toHaveLength(1);
  release();
  await until(world.allDone);
  await theirs.result();
  await until(async () => (await world.progress()).running.length === 0);
  expect(world.starts).toHaveLength(2);
}, 300_000);

test('a run that fails, and needs nobody, is tried again later and shown', async () => {
  await world.startWorker();
  world.during = () => Promise.reject(ApplicationFailure.nonRetryable('the disk | is full', 'Unfinished'));
  await world.announce([windowAfter(0)], 1_000);
  await until(async () => (await world.progress()).failed.length === 1);
  expect(await world.details()).toMatch(
    /\| 2026-01-01T00 \| failed [1-9] times, again from .*Z \| the disk is full \|/,
  );
  world.during = () => Promise.resolve();
  await until(async () => (await world.progress()).failed.length === 0);
}, 300_000);

test('a window that trying again cannot help is left to a person; the others go on', async () => {
  await world.startWorker();
  // Not the window of the test before, whose last run may still be at work.
  const [bad, good] = [windowAfter(2), windowAfter(3)];
  world.during = (window) =>
    window === bad
      ? Promise.reject(ApplicationFailure.nonRetryable('the seal is broken', 'Permanent'))
      : Promise.resolve();
  await world.announce([bad, good], 500);
  await until(async () => world.isDone(good) && (await world.progress()).parked.includes(bad));
  expect(world.parkedBy.map(({ window, step, reason }) => [window, step, reason])).toEqual([
    [bad, 'sealWindow', 'the seal is broken'],
  ]);
  expect((await world.progress()).failed).toEqual([]);
  // Once a person has mended it, the next announcement's run does what there is.
  world.during = () => Promise.resolve();
  await world.announce([bad], 500);
  await until(async () => (await world.progress()).parked.length === 0);
  await until(() => world.isDone(bad));
}, 300_000);

test('paused, it keeps announcements; resumed, it runs them; what names no hour is refused and counted', async () => {
  await world.startWorker();
  const window = windowAfter(0);
  await world.announce([]);
  await world.live().signal('pause');
  await world.announce([window]);
  await world.live().signal('announce', 'not a list');
  await world.live().signal('announce', ['2026-02-30T00']);
  await until(async () => (await world.progress()).refused === 2);
  await sleep(3 * INTERVAL_MS);
  expect(await world.progress()).toMatchObject({ waiting: [window], paused: true, runs: 0 });
  expect(await world.details()).toMatch(/\*\*desk\*\*: paused[^]*2 announcements could not be used/);
  await world.live().signal('resume');
  await until(world.allDone);
}, 300_000);

test('a person reads what each signal and query is for', async () => {
  await world.startWorker();
  await world.announce([]);
  const { definition } = await world.metadata();
  for (const { name, description } of [...definition!.signalDefinitions, ...definition!.queryDefinitions])
    if (!name!.startsWith('__')) expect([name, description!.length > 10]).toEqual([name, true]);
}, 300_000);

test('a signal refused because nobody is there is told by its type', async () => {
  await world.startWorker();
  const told: unknown = await world.lake.client.workflow.execute('signalNobody', {
    workflowId: randomUUID(),
    taskQueue: world.lake.config.CHATLAKE_TASK_QUEUE,
  });
  expect(told).toBe(true);
}, 300_000);
