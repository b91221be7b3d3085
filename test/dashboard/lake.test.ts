/** The copy of the lake that the pages read: when it is taken anew, what waits for it, and what is left of it. */
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { type LakeOfPages, openLakeOfPages } from '../../src/dashboard/lake.ts';
import { startDashboard } from '../../src/dashboard/server.ts';
import { PermanentError } from '../../src/domain/errors.ts';
import { FIGURES } from '../../src/domain/kpi/figures/index.ts';
import { type DashboardPorts, openDashboard } from '../../src/wiring/dashboard.ts';
import type { Opened } from '../../src/wiring/ports.ts';
import { type SmallLake, W0, W1, good, openSmallLake } from '../support/small-lake.ts';
import { notes } from '../support/notes.ts';
import { until } from '../support/until.ts';

const log = { info: () => undefined, warn: () => undefined };
const EVERY_MS = 50;

let small: SmallLake;
let opened: Opened<DashboardPorts>;
let lake: LakeOfPages | undefined;
let taken: number;
let waiting: number;
let asked: string[];
/** Snapshots wait for this; `letGo` lets them be taken. */
let gate: Promise<void>;
let letGo: () => void;

beforeEach(async () => {
  small = await openSmallLake();
  await small.land('desk', W0, [good('a')]);
  await small.run('desk', W0);
  opened = await openDashboard(small.config, small.store);
  taken = 0;
  waiting = 0;
  asked = [];
  gate = Promise.resolve();
  letGo = () => undefined;
});
afterEach(async () => {
  letGo();
  await lake?.close();
  lake = undefined;
  await opened.close();
  await small.close();
});

/** Counts changes of the snapshot and what it is asked. */
const openSnapshot = async (): ReturnType<DashboardPorts['openSnapshot']> => {
  const snapshot = await opened.ports.openSnapshot();
  return {
    ...snapshot,
    ask: (sql, most) => {
      asked.push(sql);
      return snapshot.ask(sql, most);
    },
    change: async (work) => {
      waiting += 1;
      await gate;
      waiting -= 1;
      taken += 1;
      return snapshot.change(work);
    },
  };
};
const open = async (everyMs = EVERY_MS): Promise<LakeOfPages> =>
  (lake = await openLakeOfPages({ ...opened.ports, openSnapshot }, log, { everyMs }));

const snapshots = (): readonly string[] =>
  readdirSync(join(small.config.WORK_DIR, 'dashboard')).filter((name) => name.startsWith('snapshot-'));

async function moveOn(): Promise<void> {
  await small.land('desk', W1, [good('b')]);
  await small.run('desk', W1);
}

test('the same question of the same lake is asked once, even at once; another one is not answered by it', async () => {
  const own = await open();
  const volume = FIGURES.get('desk_volume')!;
  const days = { from: '2021-08-01', to: '2021-08-31' };
  const before = asked.length;
  const answers = await Promise.all([own.answer(volume, days), own.answer(volume, days)]);
  await own.answer(volume, days);
  expect(asked.length - before).toBe(1);
  expect(answers[0]).toEqual(answers[1]);
  await own.answer(volume, { ...days, to: '2021-08-30' });
  expect(asked.length - before).toBe(2);
});

test('a source has its days as soon as it has a contract', async () => {
  const { contracts } = opened.ports;
  const third = { ...notes({ name: 'third' }), source: 'notes' };
  const ports = { ...opened.ports, contracts: new Map([...contracts, [third.source, third]]) };
  lake = await openLakeOfPages(ports, log, { everyMs: EVERY_MS });
  const { days, versions } = lake.state();
  expect(versions).toEqual({ desk: 0, telegram: -1, notes: -1 });
  expect(days).toEqual({
    desk: expect.anything(),
    telegram: null,
    notes: null,
    lake: days['lake/desk'],
    'lake/desk': expect.anything(),
  });
});

test('nobody looks: the lake moves on and no snapshot is taken; who asks then is answered by what there is now', async () => {
  const own = await open();
  const { id } = own.state();
  await moveOn();
  expect([taken, own.state().id]).toEqual([1, id]);
  await sleep(2 * EVERY_MS);
  await own.touch();
  await until(() => own.state().id !== id);
  expect(taken).toBe(2);
});

test('while somebody looks and a snapshot is long in the making, no question waits for it', async () => {
  const own = await open();
  const { id } = own.state();
  const stop = own.onChange(() => undefined);
  gate = new Promise((resolve) => (letGo = resolve));
  await moveOn();
  await until(() => waiting === 1);
  for (let n = 0; n < 20; n += 1) await own.touch();
  expect([taken, own.state().id]).toEqual([1, id]);
  letGo();
  await until(() => own.state().id !== id);
  stop();
});

test('after a silence, questions wait a moment for a long snapshot: all together and not one after the other', async () => {
  const own = await open();
  gate = new Promise((resolve) => (letGo = resolve));
  await moveOn();
  await sleep(2 * EVERY_MS);
  const timeOf = async (questions: number): Promise<number> => {
    const started = performance.now();
    for (let n = 0; n < questions; n += 1) await own.touch();
    return performance.now() - started;
  };
  const [first, later] = [await timeOf(1), await timeOf(20)];
  // Each waiting anew would take twenty times as long.
  expect(later).toBeLessThan(10 * first);
  letGo();
});

test('a statement that fails is not taken for a question that was asked wrongly', async () => {
  const broken = { ...FIGURES.get('desk_volume')!, id: 'broken', sql: () => 'SELECT canary FROM nowhere' };
  const failed: unknown = await (
    await open()
  )
    .answer(broken, { from: '2021-08-01', to: '2021-08-02' })
    .catch((error: unknown) => error);
  expect([failed instanceof Error, failed instanceof PermanentError]).toEqual([true, false]);
});

test('snapshots of processes that were killed are removed at the next start, those of others are not', async () => {
  const folder = join(small.config.WORK_DIR, 'dashboard');
  const { pid: dead } = spawnSync(process.execPath, ['--version']);
  const living = `snapshot-${process.ppid}-1.duckdb`;
  for (const name of [`snapshot-${dead}-3.duckdb`, `snapshot-${dead}-3.duckdb.wal`, living])
    writeFileSync(join(folder, name), '');
  const again = await openDashboard(small.config, small.store);
  await again.close();
  expect(snapshots()).toEqual([living]);
});

test('a start that fails leaves no snapshot behind', async () => {
  const busy = createServer();
  await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
  const { port } = busy.address() as { port: number };
  try {
    await expect(
      startDashboard({ ...small.config, DASHBOARD_PORT: port }, pino({ level: 'silent' }), { store: small.store }),
    ).rejects.toThrow(/DASHBOARD_PORT/);
  } finally {
    busy.close();
  }
  expect(snapshots()).toEqual([]);
});
