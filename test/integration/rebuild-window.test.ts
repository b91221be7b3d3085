/** rebuildWindow on the real server: two at once, while messages of the same window arrive, and by way of a diff. */
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RebuildWindowInput } from '../../src/domain/inputs/rebuild.ts';
import type { Window } from '../../src/domain/window.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { openStore } from '../../src/wiring/store.ts';
import type { RebuildWindowResult } from '../../src/workflows/rebuild-window.ts';
import { causeOf } from '../../src/workflows/run-windows.ts';
import { checkLake } from '../support/check-lake.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { untilForward } from '../support/until-forward.ts';

const [W0, W1, NEVER] = [windowAfter(0), windowAfter(1), windowAfter(2)];
let lake: Lake;
/** Another Temporal namespace over the same store: nothing but the store decides between the two. */
let other: Lake;

beforeAll(async () => {
  lake = await openLake();
  const { S3_BUCKET, MONGODB_DATABASE } = lake.config;
  other = await openLake({ S3_BUCKET, MONGODB_DATABASE });
  await Promise.all([lake.startWorker(), other.startWorker()]);
  const store = openStore(lake.config);
  await writeDesk(store, W0, ['a', 'b', 'c']);
  await writeDesk(store, W1, ['c', 'd', 'a']);
  // In this order, so that it is W1 that holds the redeliveries.
  for (const window of [W0, W1]) await lake.etl({ source: 'desk', window });
}, 120_000);
afterAll(async () => {
  await other.close();
  await lake.close();
});

const rebuild = (input: object, by: Lake = lake): Promise<RebuildWindowResult> =>
  by.client.workflow.execute<(input: RebuildWindowInput) => Promise<RebuildWindowResult>>('rebuildWindow', {
    workflowId: `rebuild-${randomUUID()}`,
    taskQueue: by.config.CHATLAKE_TASK_QUEUE,
    args: [input as RebuildWindowInput],
  });

const faultOf = async (run: Promise<unknown>): Promise<string> => {
  const fault = await run.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  expect(fault).toBeInstanceOf(WorkflowFailedError);
  return causeOf(fault);
};

const desk = (window: Window) => ({ source: 'desk', window });

test('two at once, while the window gets another generation: each revision once, every message once', async () => {
  const before = await checkLake(lake.ports);
  await writeDesk(openStore(lake.config), W0, ['e', 'a'], { minute: 3 });
  const [one, two, three] = await Promise.all([
    rebuild(desk(W0)),
    rebuild(desk(W0), other),
    rebuild(desk(W1)),
    lake.etl(desk(W0)),
  ]);
  for (const { outcome, counts } of [one, two, three]) {
    expect(outcome).toBe('published');
    expect(counts.received).toBeGreaterThanOrEqual(0);
  }
  await untilForward(lake, 'desk');
  const after = await checkLake(lake.ports);
  expect(after.counts).toEqual({ received: 8, enriched: 5, duplicates: 3, quarantined: 0 });
  expect(after.enriched).toEqual(expect.arrayContaining([...before.enriched]));
  expect(after.duplicates).toEqual(expect.arrayContaining([...before.duplicates]));
  expect(after.documents).toBe(5);
}, 300_000);

test('a diff is an object on the store; publishing it is the second step, and it goes stale', async () => {
  const { state } = await readLedger(lake.ports, 'desk');
  const compared = await rebuild({ ...desk(W0), diff: true });
  expect(compared).toMatchObject({ outcome: 'compared', ledgerVersion: -1 });
  const key = compared.diff!;
  expect(JSON.parse(new TextDecoder().decode(await lake.ports.store.get(key)))).toMatchObject({
    tables: [{ before: 4, after: 4, changed: 0, columns: [] }],
  });
  expect((await readLedger(lake.ports, 'desk')).state.version).toBe(state.version);
  const published = await rebuild({ ...desk(W0), expect: key });
  expect(published).toMatchObject({ outcome: 'published', ledgerVersion: state.version + 1, diff: key });
  // The same once more is the same; after another rebuild it is not.
  expect(await rebuild({ ...desk(W0), expect: key })).toMatchObject({ ledgerVersion: state.version + 1 });
  await rebuild(desk(W0));
  expect(await faultOf(rebuild({ ...desk(W0), expect: key }))).toMatch(/^The diff is stale: .*compare again/);
  await untilForward(lake, 'desk');
  await checkLake(lake.ports);
}, 300_000);

test('a window with nothing published answers so; wrong input names the fields', async () => {
  expect(await rebuild(desk(NEVER))).toMatchObject({ outcome: 'nothing', ledgerVersion: -1 });
  expect(await faultOf(rebuild({ source: 'desk' }))).toMatch(/"source" and "window" .* Allowed fields: .*Sample: /);
  expect(await faultOf(rebuild({ ...desk(W0), diff: true, expect: 'diffs/x.json' }))).toContain('not both');
  expect(await faultOf(rebuild({ ...desk(W0), expect: 'x' }))).toContain('must be the key of a diff');
}, 120_000);
