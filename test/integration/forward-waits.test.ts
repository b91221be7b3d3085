/** One of the things that follow the ledger cannot go on: windows are published all the same, and the others go on without it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { verify } from '../../src/cli/verify.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { SetupError } from '../../src/domain/errors.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import { tableRoot } from '../../src/domain/formats/layout.ts';
import { windowOf } from '../../src/domain/window.ts';
import { readLedger } from '../../src/lake/ledger.ts';
import { type ForwardProgress, type Reached, readProgress } from '../../src/projections/progress.ts';
import { openPorts } from '../../src/wiring/ports.ts';
import { openStore } from '../../src/wiring/store.ts';
import type { LaneProgress } from '../../src/workflows/forward.ts';
import { checkLake } from '../support/check-lake.ts';
import { decorateStore } from '../support/decorate-store.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { statesOf } from '../support/log-entries.ts';
import { startMongodbWire } from '../support/mongodb-wire.ts';
import { notes, writeNotes } from '../support/notes.ts';
import { untilForward } from '../support/until-forward.ts';
import { until } from '../support/until.ts';
import { bringForward, runWindow } from './run-window.ts';

const SOURCE = DESK.source;
const TABLE = tableRoot(DESK.tables[0].name);

const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

async function scene(): Promise<Lake> {
  const lake = await openLake();
  toClose.push(() => lake.close());
  return lake;
}

/** Windows `from` to `to`, two messages each, published by the run of the window alone. */
async function publish({ client, config }: Lake, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n += 1) {
    const window = windowAfter(n);
    await writeDesk(openStore(config), window, [`a${n}`, `b${n}`]);
    const run = client.workflow.execute('etlWindow', {
      workflowId: `etl/${SOURCE}/${window}`,
      taskQueue: config.CHATLAKE_TASK_QUEUE,
      args: [{ source: SOURCE, window }],
    });
    expect(await run).toMatchObject({ outcome: 'published', ledgerVersion: n });
  }
}

async function lanesOf({ client }: Lake): Promise<Readonly<Record<Reached, LaneProgress>>> {
  const handle = client.workflow.getHandle(`forward/${SOURCE}`);
  const lanes = await handle.query<readonly LaneProgress[]>('progress');
  return Object.fromEntries(lanes.map((lane) => [lane.name, lane])) as Record<Reached, LaneProgress>;
}

const progressOf = ({ ports }: Lake): Promise<ForwardProgress> => readProgress(ports, SOURCE, REPORTS.get(SOURCE));

test('MongoDB away: windows are published, tables and reports go on, and it is said since when and why', async () => {
  const lake = await scene();
  const { TEMPORAL_NAMESPACE, CHATLAKE_TASK_QUEUE, S3_BUCKET, MONGODB_DATABASE, MONGODB_URI } = lake.config;
  const wire = await startMongodbWire(MONGODB_URI);
  toClose.push(() => wire.away());
  const shared = { TEMPORAL_NAMESPACE, CHATLAKE_TASK_QUEUE, S3_BUCKET, MONGODB_DATABASE };
  const far = await openLake({ ...shared, MONGODB_URI: wire.uri });
  toClose.push(() => far.close());
  await far.startWorker();
  await publish(lake, 0, 0);
  await untilForward(lake, SOURCE);

  const goneAt = Date.now();
  await wire.away();
  await publish(lake, 1, 3);
  await until(async () => {
    const { tables, reports } = await lanesOf(lake);
    return tables.applied === 3 && reports.applied === 3;
  });
  await until(async () => ((await lanesOf(lake)).documents.waiting?.tries ?? 0) > 1);
  const { tables, reports, documents } = await lanesOf(lake);
  expect([tables.waiting, reports.waiting]).toEqual([null, null]);
  expect(documents).toMatchObject({ applied: 0, waiting: { why: expect.stringMatching(/^MongoDB failed: /) } });
  const since = Date.parse(documents.waiting!.since);
  expect(since).toBeGreaterThan(goneAt - 1_000);
  expect(since).toBeLessThanOrEqual(Date.now());
  // The reader of this test has a way of its own to MongoDB.
  expect(await progressOf(lake)).toMatchObject({
    head: 3,
    tables: { applied: 3, behind: 0 },
    reports: { applied: 3, behind: 0 },
    documents: { applied: 0, behind: 3 },
    proof: { applied: 0, behind: 3 },
  });

  await wire.back();
  await untilForward(lake, SOURCE);
  expect(await checkLake(lake.ports)).toMatchObject({ entries: 4, documents: 8, counts: { received: 8, enriched: 8 } });
  await until(async () => Object.values(await lanesOf(lake)).every(({ waiting }) => waiting === null));
}, 400_000);

test('the table’s log may not be written: windows are published; once it may, one commit takes them all in', async () => {
  const lake = await scene();
  const why = 'The store refuses PutObject below tables/: give the worker that right.';
  let isForbidden = false;
  const store = decorateStore(openStore(lake.config), {
    put: (key, perform) =>
      isForbidden && key.startsWith(`${TABLE}_delta_log/`) ? Promise.reject(new SetupError(why)) : perform(),
  });
  await lake.startWorker({ overrides: { store } });
  await publish(lake, 0, 0);
  await untilForward(lake, SOURCE);

  isForbidden = true;
  await publish(lake, 1, 3);
  await until(async () => ((await lanesOf(lake)).tables.waiting?.tries ?? 0) > 1);
  const { tables, ...others } = await lanesOf(lake);
  expect(tables).toMatchObject({ applied: 0, waiting: { why } });
  for (const lane of Object.values(others)) expect(lane).toMatchObject({ applied: 0, waiting: null });
  expect((await readLedger(lake.ports, SOURCE)).state.version).toBe(3);

  isForbidden = false;
  await untilForward(lake, SOURCE);
  expect(await checkLake(lake.ports)).toMatchObject({ entries: 4, documents: 8 });
  const states = await statesOf(lake.ports.store, TABLE);
  expect(states.map(({ transactions }) => transactions.get(`ledger/${SOURCE}`))).toEqual([0, 3]);
}, 400_000);

test('a row that MongoDB refuses for good is a counted stub: it is verified, and everything else goes on', async () => {
  const lake = await scene();
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-poison-'));
  toClose.push(async () => rmSync(dir, { recursive: true, force: true }));
  const good = notes({ name: 'poison' });
  const [table] = good.tables;
  const columns = table.columns.map((column) =>
    column.name === 'word' ? { ...column, values: ['um', 'dois'] } : column,
  );
  // What the rules let through, the collection's validator does not.
  const contract = { ...good, tables: [{ ...table, columns }] as const };
  const config = { ...lake.config, WORK_DIR: join(dir, 'work') };
  const silent = { info: () => undefined, warn: () => undefined };
  const { ports, close } = await openPorts(config, silent, { contracts: new Map([[SOURCE, contract]]) });
  toClose.push(close);
  const window = { source: SOURCE, window: windowOf('2026-01-01T00') };
  await writeNotes(ports.store, window.window, ['a 1 um', 'b 1 veneno', 'c 1 dois']);
  expect(await runWindow(ports, window)).toMatchObject([{ kind: 'published', counts: { enriched: 3 } }]);
  const stub = { entity: 'b', at: 0, why: 'invalid' };
  expect(await ports.documents.refused(table)).toEqual({ count: 1, first: [stub] });
  expect(await ports.documents.count(table)).toBe(2);
  expect(await readProgress(ports, SOURCE, undefined)).toMatchObject({
    documents: { behind: 0 },
    proof: { behind: 0 },
  });
  expect((await verify(ports, [contract], {}, () => undefined)).findings).toEqual([]);

  // What is written later of other entities is not held up, and a later state of the same one that may be a document is one.
  await writeNotes(ports.store, window.window, ['b 2 um', 'd 1 dois'], 5);
  await runWindow(ports, window);
  await bringForward(ports, window);
  expect(await ports.documents.refused(table)).toEqual({ count: 0, first: [] });
  expect(await ports.documents.count(table)).toBe(4);
  expect((await verify(ports, [contract], {}, () => undefined)).findings).toEqual([]);
}, 400_000);
