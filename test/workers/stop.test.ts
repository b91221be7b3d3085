/** A worker that is asked to stop: at once where it can, and never with a message half done. Roles that live in workers of their own. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { writeRaw } from '../../src/lake/raw.ts';
import { demoBodies } from '../../src/domain/sources/desk/demo.ts';
import { parseRawKey } from '../../src/domain/formats/layout.ts';
import { loadConfig } from '../../src/wiring/config.ts';
import { openPublisher } from '../../src/wiring/ports.ts';
import { type Lake, openLake, untilSubscribed } from '../support/lake.ts';
import { until } from '../support/until.ts';

let lake: Lake;
beforeEach(async () => void (lake = await openLake()), 60_000);
afterEach(() => lake.close());

const countRaw = async (): Promise<number> => {
  let messages = 0;
  for await (const { key } of lake.ports.store.list('raw/source=desk/')) messages += parseRawKey(key)?.count ?? 0;
  return messages;
};

test('a running slice lands and acknowledges what it has, and ends as any other', async () => {
  const worker = await lake.startWorker({ consume: true });
  await untilSubscribed(lake);
  const publisher = await openPublisher(lake.config);
  await publisher.publish(demoBodies().map((body) => ({ body })));
  await publisher.close();
  await until(async () => (await countRaw()) >= 45);

  await worker.stop();

  // It ended like any other slice: not as a failure that is tried again. The next worker goes on, and gets nothing twice.
  const next = await lake.startWorker({ consume: true });
  await untilSubscribed(lake);
  const { events } = await lake.client.workflow.getHandle('consume/desk').fetchHistory();
  const slices = events?.flatMap((event) => event.activityTaskCompletedEventAttributes ?? []) ?? [];
  expect(slices).toHaveLength(1);
  expect(events?.some((event) => event.activityTaskFailedEventAttributes)).toBe(false);
  expect(await countRaw()).toBe(45);
  await next.stop();
}, 120_000);

test('workflows, ETL and ingest may live in workers of their own', async () => {
  const { ports } = lake;
  const receivedAt = Date.UTC(2024, 4, 1, 12);
  const messages = demoBodies().map((body, n) => ({
    id: `desk:${n}`,
    receivedAt,
    headers: {},
    body: new TextEncoder().encode(body),
  }));
  await writeRaw(ports.store, 'desk', receivedAt, messages);
  const workflows = await lake.startWorker({ roles: 'workflows' });
  const running = lake.etl();
  // Without the role nobody takes the heavy steps.
  await until(async () => {
    const run = lake.client.workflow.getHandle('etl/desk/2024-05-01T12');
    const described = await run.describe().catch(() => undefined);
    const pending = described?.raw.pendingActivities?.[0];
    return pending?.activityType?.name === 'cleanse' && pending.attempt === 1 && !pending.lastStartedTime;
  });
  const rest = await lake.startWorker({ roles: 'etl' });
  expect((await running).counts.enriched).toBe(45);
  await rest.stop();
  await workflows.stop();
}, 120_000);

test('a role that there is not is refused by name', () => {
  expect(() => loadConfig({ WORKER_ROLES: 'workflows,everything' })).toThrow(/WORKER_ROLES/);
  expect(loadConfig({ WORKER_ROLES: 'etl, ingest' }).WORKER_ROLES).toEqual(['etl', 'ingest']);
});
