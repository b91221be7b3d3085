/** Runs are found by what they say of themselves, where the namespace lets them; where not, they run the same. */
import { afterEach, expect, test } from '@jest/globals';
import { temporal } from '@temporalio/proto';
import { openStore } from '../../src/wiring/store.ts';
import { checkLake } from '../support/check-lake.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { until } from '../support/until.ts';

let lake: Lake | undefined;
afterEach(async () => {
  await lake?.close();
  lake = undefined;
});

const window = windowAfter(0);

test('a window is found by its source, hour, outcome and rows; its run takes at most 80 events', async () => {
  lake = await openLake({ TEMPORAL_UI_URL: 'https://temporal.example.org/' });
  await writeDesk(openStore(lake.config), window, ['a', 'b']);
  await lake.startWorker();
  await lake.etl();
  const { workflow } = lake.client;
  // A range: SQLite compares times as texts, so that an equal time of another spelling is not found.
  const query = `ChatlakeSource="desk" AND ChatlakeOutcome="published" AND ChatlakeStage="done" AND ChatlakeRows=2 AND ChatlakeWindow BETWEEN "2026-01-01T00:00:00Z" AND "2026-01-01T00:59:59Z"`;
  await until(async () => (await workflow.count(query)).count === 1);
  const { events = [] } = await workflow.getHandle(`etl/desk/${window}`).fetchHistory();
  expect((events ?? []).length).toBeLessThanOrEqual(80);
  console.log(`events of one window run: ${(events ?? []).length}`);
  const etl = await workflow.list({ query: 'WorkflowType="etl"' })[Symbol.asyncIterator]().next();
  expect(etl.value).toMatchObject({ status: { name: 'COMPLETED' } });
  const details: { currentDetails?: string } = await workflow
    .getHandle((etl.value as { workflowId: string }).workflowId)
    .query('__temporal_workflow_metadata');
  expect(details.currentDetails).toMatch(
    /\(https:\/\/temporal\.example\.org\/namespaces\/lake-[^/]+\/workflows\?query=ParentWorkflowId/,
  );
});

test('a namespace that holds no more attributes: everything runs without them', async () => {
  lake = await openLake();
  const { INDEXED_VALUE_TYPE_INT: INT } = temporal.api.enums.v1.IndexedValueType;
  await lake.client.connection.operatorService.addSearchAttributes({
    namespace: lake.config.TEMPORAL_NAMESPACE,
    searchAttributes: { TheirsA: INT, TheirsB: INT, TheirsC: INT },
  });
  await writeDesk(openStore(lake.config), window, ['a', 'b']);
  await lake.startWorker();
  expect(await lake.etl()).toMatchObject({ windows: 1, counts: { enriched: 2 } });
  await checkLake(lake.ports);
  const { events } = await lake.client.workflow.getHandle(`etl/desk/${window}`).fetchHistory();
  expect((events ?? []).some((event) => event.upsertWorkflowSearchAttributesEventAttributes)).toBe(false);
});
