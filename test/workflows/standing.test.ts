/** Workflows that never end by themselves: what a signal at a bad moment, or a slice that fails for good, does to consume. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Alert, Alerter } from '../../src/observe/alert/alerter.ts';
import { InvariantViolation } from '../../src/domain/errors.ts';
import { deskSubscription, openPublisher } from '../../src/wiring/ports.ts';
import { openStore } from '../../src/wiring/store.ts';
import { startStanding } from '../../src/workers/standing.ts';
import { decorateStore } from '../support/decorate-store.ts';
import { type Lake, openLake, untilSubscribed } from '../support/lake.ts';
import { until } from '../support/until.ts';

let lake: Lake;
/** The next raw objects that the store refuses. */
let faults = 0;

beforeAll(async () => {
  lake = await openLake();
  const store = decorateStore(openStore(lake.config), {
    put: async (key, perform) => {
      if (!key.startsWith('raw/') || faults === 0) return perform();
      faults -= 1;
      throw new InvariantViolation('a promise that does not hold');
    },
  });
  await lake.startWorker({ roles: 'ingest', overrides: { store } });
});
afterAll(() => lake.close());

const desk = () => lake.client.workflow.getHandle('consume/desk');
const running = async (): Promise<boolean> => (await desk().describe()).status.name === 'RUNNING';

/** Waits for a slice that is alone and subscribed: one that was cut short goes on for a moment beside the next. */
async function untilTaking(): Promise<void> {
  await until(async () => (await desk().describe()).raw.pendingActivities?.length === 1);
  await untilSubscribed(lake);
}

/** How many slices were begun, and how many failed. */
async function slices(): Promise<{ begun: number; failed: number }> {
  const { events = [] } = await desk().fetchHistory();
  return {
    begun: events?.filter((event) => event.activityTaskScheduledEventAttributes).length ?? 0,
    failed: events?.filter((event) => event.activityTaskFailedEventAttributes).length ?? 0,
  };
}

test('pause and resume that arrive in one task end the slice, not the workflow', async () => {
  const first = await lake.startWorker({ consume: true, roles: 'workflows' });
  await untilSubscribed(lake);
  await first.stop();
  await desk().signal('pause');
  await desk().signal('resume');
  const { begun } = await slices();
  await lake.startWorker({ roles: 'workflows' });
  await until(async () => (await slices()).begun > begun);
  await untilTaking();
  expect(await running()).toBe(true);
});

test('pause and resume sent together, again and again, leave it taking messages', async () => {
  for (let n = 0; n < 5; n += 1) {
    const { begun } = await slices();
    await Promise.all([desk().signal('pause'), desk().signal('resume')]);
    await desk().signal('resume');
    await until(async () => (await slices()).begun > begun);
    await untilTaking();
  }
  expect(await running()).toBe(true);
});

test('a slice that fails for good is told, and a later one lands what it did not acknowledge', async () => {
  faults = 1;
  const publisher = await openPublisher(lake.config);
  await publisher.publish([{ body: '{"a":1}' }]);
  await publisher.close();
  await until(async () => (await slices()).failed === 1);
  expect(await running()).toBe(true);
  await until(async () => {
    for await (const { key } of lake.ports.store.list('raw/source=desk/')) return key.length > 0;
    return false;
  });
});

test('stop ends it, and a person is told within a look, as of any other end', async () => {
  const told: Alert[] = [];
  const alerter: Alerter = {
    raise: (alert) => void told.push(alert),
    tell: () => undefined,
    close: () => Promise.resolve(),
  };
  const log = { info() {}, warn() {} };
  const standing = await startStanding(
    lake.config,
    { subscriptions: [deskSubscription(lake.config)], log, alerter },
    200,
  );
  await sleep(1_000);
  expect(told).toEqual([]);
  await desk().signal('stop');
  expect(await desk().result()).toEqual({ messages: expect.any(Number) });
  await until(() => told.length > 0);
  expect(told[0]).toMatchObject({ name: 'CannotAcknowledge', thing: 'consume/desk' });
  expect(told[0]?.summary).toMatch(/does not run any more \(COMPLETED\).*start the worker again/);
  await standing.close();
});
