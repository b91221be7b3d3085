/** Under the bucket policy that docs/deploy.md advises everything works, and nothing of what is written once can be overwritten. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EtlActivities } from '../../src/activities/index.ts';
import type { Ports } from '../../src/activities/ports.ts';
import type { WindowInput } from '../../src/activities/types.ts';
import { keysOf, mustGet } from '../../src/adapters/object-store/put.ts';
import { LAST_CHECKPOINT, decodeActions, logVersion } from '../../src/domain/formats/delta.ts';
import { readBackfillInput } from '../../src/domain/inputs/backfill.ts';
import { TELEGRAM } from '../../src/domain/sources/telegram/kinds.ts';
import { type Instruments, openInstruments } from '../../src/wiring/instruments.ts';
import { loadConfig } from '../../src/wiring/config.ts';
import { openPorts } from '../../src/wiring/ports.ts';
import { stackEnvironment } from '../../src/wiring/stack-file.ts';
import { checkLake } from '../support/check-lake.ts';
import { TEST_KEY } from '../support/lake.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { writeExport } from '../support/export-file.ts';
import { stack, uniqueName } from '../support/stack.ts';
import { type GuardedBucket, openGuardedBucket } from './guarded-bucket.ts';
import { attempted, bringForward, rebuild, runWindow } from './run-window.ts';

const DESK = 'desk';
const HOUR_MS = 3_600_000;
/** These ask no store. */
const ELSEWHERE = ['wakeForward', 'runSetting', 'lookAtWebhook', 'leaveWebhook', 'enterWebhook'];

const work = mkdtempSync(join(tmpdir(), 'chatlake-policy-'));
let bucket: GuardedBucket;
let instruments: Instruments;
let ports: Ports;
let close = (): Promise<void> => Promise.resolve();
let aheadMs = 0;

beforeAll(async () => {
  bucket = await openGuardedBucket();
  const config = loadConfig({
    ...stackEnvironment(stack()),
    S3_ENDPOINT: bucket.endpoint,
    S3_BUCKET: bucket.name,
    MONGODB_DATABASE: uniqueName('policy'),
    PSEUDONYM_KEY: TEST_KEY,
    WORK_DIR: work,
    IMPORT_DIR: work,
  });
  const silent = { info: () => undefined, warn: () => undefined };
  instruments = await openInstruments(config, silent, 'test');
  ({ ports, close } = await openPorts(config, silent, { now: () => Date.now() + aheadMs }, instruments));
});
afterAll(async () => {
  await close();
  await instruments.close();
  await bucket.close();
  rmSync(work, { recursive: true, force: true });
});

const window = (hour: number): WindowInput => ({ source: DESK, window: windowAfter(hour) });

/** Every step there is, from receipt to upkeep. */
async function everything(steps: EtlActivities): Promise<void> {
  for (const hour of [0, 1, 2]) {
    await writeDesk(ports.store, windowAfter(hour), [`a${hour}`, `b${hour}`]);
    expect(await runWindow(ports, window(hour), note)).toMatchObject([{ kind: 'published' }]);
  }
  const file = 'result.json';
  writeExport(join(work, file), 10_000);
  await steps.importExport({ file, bot: '77', sliceMs: 60_000 });
  for (const pending of (await steps.listPending({ source: TELEGRAM })).windows)
    expect(await runWindow(ports, { source: TELEGRAM, window: pending }, note)).toMatchObject([{ kind: 'published' }]);
  await rebuilds(steps);
  await steps.park({ ...window(2), step: 'cleanse', kind: 'Permanent', reason: 'why', workflowId: 'w', runId: 'r' });
  await steps.clearParked(window(2));
  await steps.openDay({ source: DESK, day: '2026-01-01' });
  await steps.keepClosing({ source: DESK, day: '2026-01-01' });
  await steps.awaitForward({ source: DESK, patienceMs: 0 });
  await upkeep(steps);
  expect((await steps.writeWeekly({ atMs: Date.now() })).files).toBeGreaterThan(0);
}

async function rebuilds(steps: EtlActivities): Promise<void> {
  await writeDesk(ports.store, windowAfter(3), ['late']);
  const plan = await steps.planBackfill(readBackfillInput({ source: DESK, windows: [windowAfter(3)] }));
  expect(await steps.readPlan({ ref: plan.ref ?? '', page: 0 })).toEqual([{ window: windowAfter(3) }]);
  await runWindow(ports, window(3), note);
  const compared = await rebuild(ports, window(1), 'compare', note);
  if (compared.kind !== 'compared') throw new Error(`compare answered ${compared.kind}`);
  const diffs = [{ window: windowAfter(1), expect: compared.ref }];
  await steps.combineDiffs({ source: DESK, diffs, earlier: null });
  expect(await rebuild(ports, { ...window(1), expect: compared.ref }, 'publish', note)).toMatchObject({
    kind: 'published',
  });
  await bringForward(ports, { source: DESK }, note);
}

async function upkeep(steps: EtlActivities): Promise<void> {
  aheadMs = 9 * 24 * HOUR_MS;
  for (const source of [DESK, TELEGRAM]) {
    await steps.compact({ source, dryRun: false });
    await steps.mergeLedger({ source, dryRun: false });
    await steps.snapshotLedger({ source });
    // Sooner than after the hundred entries that the step waits for.
    for (const root of [`ledger/${source}/`, 'tables/desk_interactions/'])
      await ports.checkpoints.write(root, await ports.logs(root).refresh(), 0);
    await steps.checkpointLogs({ source });
    await steps.settleDays({ source });
    const { ref } = await steps.planVacuum({ source });
    if (ref !== undefined) await steps.vacuum({ source, ref });
    await steps.purge({ source });
    await steps.sweep({ source, dryRun: false });
    await steps.oddities({ source });
  }
}

const called = new Set<string>();
const note = (activity: string): void => void called.add(activity);

test('the whole walk and all upkeep work under it, and health stays green', async () => {
  const steps = attempted(ports, note);
  await everything(steps);
  expect([...called, ...ELSEWHERE].sort()).toEqual(Object.keys(steps).sort());
  expect((await keysOf(ports.store, 'tables/')).filter((key) => key.endsWith(LAST_CHECKPOINT))).toHaveLength(1);
  expect(instruments.health().report()).toMatchObject({ status: 'green' });
  expect((await checkLake(ports)).counts).toMatchObject({ received: 7, enriched: 7 });
}, 120_000);

test('every entry of every log says who wrote it, and under which circumstances', async () => {
  const entries = (await keysOf(ports.store, '')).filter((key) => logVersion(`/${key}`) !== undefined);
  const roots = new Set(entries.map((key) => key.split('/_delta_log/')[0]));
  expect([...roots]).toEqual(expect.arrayContaining(['ledger/desk', 'tables/desk_interactions']));
  for (const key of entries) {
    const actions = decodeActions(await mustGet(ports.store, key, 'an entry'));
    const [info] = actions.flatMap((action) => ('commitInfo' in action ? [action.commitInfo] : []));
    expect([key, info]).toEqual([
      key,
      expect.objectContaining({ engineInfo: `chatlake/${ports.chatlakeVersion}`, operation: expect.any(String) }),
    ]);
    const parameters = Object.values(info?.operationParameters ?? {});
    expect([key, parameters.length > 0, parameters.every((value) => typeof value === 'string')]).toEqual([
      key,
      true,
      true,
    ]);
  }
});

test('what is written once cannot be overwritten, and nothing else is guarded', async () => {
  const guarded = /^(raw|seals|manifests|verified|reports|meta)\/|\/_delta_log\/\d/;
  const wrong: string[] = [];
  for (const key of await keysOf(ports.store, '')) {
    const body = await ports.store.get(key);
    const isRefused = await ports.store.put(key, body ?? new Uint8Array(), { ifAbsent: false }).then(
      () => false,
      (error: unknown) => String(error).includes('refuses'),
    );
    if (isRefused !== guarded.test(key)) wrong.push(key);
  }
  expect(wrong).toEqual([]);
}, 120_000);
