/** Which windows a backfill takes, read from the ledger and from raw of a lake. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Ports } from '../../src/activities/ports.ts';
import { createBackfill } from '../../src/activities/upkeep/backfill.ts';
import { WINDOWS_PER_PAGE, type PlannedWindow } from '../../src/domain/plans/backfill.ts';
import { readBackfillInput } from '../../src/domain/inputs/backfill.ts';
import { rawKey } from '../../src/domain/formats/layout.ts';
import { windowOf, windowStart } from '../../src/domain/window.ts';
import { keepJson } from '../../src/lake/json.ts';
import { WINDOWS_PER_CALL } from '../../src/lake/pending.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { runWindow } from '../integration/run-window.ts';
import { deskBody, windowAfter } from '../support/desk-raw.ts';
import { type MemoryLake, openMemoryLake } from '../support/memory-lake.ts';

let lake: MemoryLake;
let own: Ports;

/** Receipt → event day of the message with this id; null is a body that cannot be used. */
const LANDED: readonly (readonly [window: string, id: string, date: string | null])[] = [
  ['2026-01-05T12', 'on time', '05/01/2026 08:00:00'],
  ['2026-01-05T13', 'bad', null],
  ['2026-01-06T05', 'the next day', '06/01/2026 00:00:01'],
  ['2026-01-06T03', 'on time', '05/01/2026 08:00:00'],
  ['2026-01-09T00', 'late', '05/01/2026 23:00:00'],
  ['2026-01-20T00', 'bad, much later', null],
];
const UNPUBLISHED = [
  ['2026-01-05T14', 'new', '05/01/2026 09:00:00'],
  ['2026-01-10T00', 'new, later', '09/01/2026 09:00:00'],
] as const;

async function land([name, id, date]: (typeof LANDED)[number]): Promise<void> {
  const openedAt = windowStart(windowOf(name));
  const body = JSON.stringify({ ...(JSON.parse(deskBody(id, 1)) as object), date: date ?? 'never' });
  const message = { id: `test:${id}`, receivedAt: openedAt, headers: {}, body: new TextEncoder().encode(body) };
  await writeRaw(lake.store, 'desk', openedAt, [message]);
}

beforeAll(async () => {
  lake = openMemoryLake();
  own = await lake.process();
  for (const one of LANDED) {
    await land(one);
    await runWindow(own, { source: 'desk', window: windowOf(one[0]) });
  }
  for (const one of UNPUBLISHED) await land(one);
});
afterAll(() => lake.close());

const activities = (changes: Partial<Ports> = {}) => createBackfill({ ...own, ...changes });
const run = <I, O>(activity: (input: I) => Promise<O>, input: I): Promise<O> =>
  new MockActivityEnvironment().run<[I], O, (input: I) => Promise<O>>(activity, input);

async function planned(range: object, changes: Partial<Ports> = {}) {
  const { planBackfill, readPlan } = activities(changes);
  const { ref, ...plan } = await run(planBackfill, readBackfillInput({ source: 'desk', ...range }));
  const windows = ref === null ? [] : await run(readPlan, { ref, page: 0 });
  return { ...plan, names: windows.map(({ window }) => window) };
}

const EVENT_DAY = { eventFrom: '2026-01-05', eventTo: '2026-01-05' };
const OTHER_CODE = { chatlakeVersion: '9.9.9' };

test('of a range by receipt, what is pending', async () => {
  expect(await planned({ receivedFrom: '2026-01-05', receivedTo: '2026-01-06' })).toMatchObject({
    names: ['2026-01-05T14'],
    windows: 1,
    lines: 1,
    skipped: 4,
    unpublished: 0,
    first: '2026-01-05T14',
  });
  expect((await planned({ receivedFrom: '2026-01-06T00' })).names).toEqual(['2026-01-10T00']);
  expect(await planned({ windows: ['2026-01-10T00', '2026-01-20T00', '2031-01-01T00'] })).toMatchObject({
    names: ['2026-01-10T00'],
    skipped: 1,
  });
});

test('of event days, the windows with rows of these days, and those received then whose lines have no event day', async () => {
  expect(await planned(EVENT_DAY)).toMatchObject({ names: ['2026-01-05T14'], skipped: 3 });
  expect(await planned({ ...EVENT_DAY, rebuild: true }, OTHER_CODE)).toMatchObject({
    names: ['2026-01-05T12', '2026-01-05T13', '2026-01-09T00'],
    unpublished: 1,
    skipped: 0,
  });
});

test('a rebuild leaves out what today’s code has judged', async () => {
  expect(await planned({ receivedFrom: '2026-01-01', rebuild: true })).toMatchObject({
    windows: 0,
    skipped: 6,
    unpublished: 2,
  });
  expect(await planned({ receivedFrom: '2026-01-01', rebuild: true }, OTHER_CODE)).toMatchObject({
    windows: 6,
    skipped: 0,
  });
});

test('an estimate is made of when the last windows were verified', async () => {
  const store = { ...own.store };
  store.list = async function* (prefix, after) {
    let n = 0;
    for await (const info of own.store.list(prefix, after))
      yield prefix.startsWith('verified/') ? { ...info, modifiedMs: 2_000 * (n += 1) } : info;
  };
  const { estimate } = await planned({ receivedFrom: '2026-01-01', rebuild: true }, { ...OTHER_CODE, store });
  expect(estimate.seconds).toBe(12);
  expect(estimate.basis).toMatch(/^2\.00 s per window, as the last 5 took that followed one another/);
});

test('more than one answer of what is pending, and more than one page, are read to the end', async () => {
  const all = Array.from({ length: Math.max(3 * WINDOWS_PER_PAGE, 2 * WINDOWS_PER_CALL) + 7 }, (_, n) =>
    windowAfter(n),
  );
  const large = openMemoryLake();
  for (const window of all) {
    const key = rawKey({
      source: 'desk',
      window,
      openedAtMs: windowStart(window),
      count: 2,
      size: 1,
      sha256: 'ab'.repeat(32),
    });
    await large.store.put(key, Uint8Array.of(1), { ifAbsent: true });
  }
  const { planBackfill, readPlan } = createBackfill(await large.process());
  const plan = await run(
    planBackfill,
    readBackfillInput({ source: 'desk', receivedFrom: all[0], receivedTo: all.at(-1) }),
  );
  expect([plan.windows, plan.lines]).toEqual([all.length, 2 * all.length]);
  const count = Math.ceil(all.length / WINDOWS_PER_PAGE);
  const pages = await Promise.all(
    Array.from({ length: count + 1 }, (_, page) => run(readPlan, { ref: plan.ref!, page })),
  );
  expect(pages.at(-1)).toEqual([]);
  expect(pages.flat().map(({ window }) => window)).toEqual(all);
  large.close();
});

test('diffs are combined call by call', async () => {
  const { combineDiffs, readPlan } = activities();
  const diffs: Required<PlannedWindow>[] = [];
  for (const n of [0, 1, 2]) {
    const rows = { table: 'desk', before: n, after: 2, onlyBefore: 0, onlyAfter: 1, changed: n, columns: [] };
    const verdict = { before: 'quarantined', reasonBefore: 'empty_body', reasonAfter: null, lines: n };
    const diff = { tables: [rows], verdicts: [{ ...verdict, after: 'enriched' }] };
    const expect = await keepJson(own.store, diff, (sha256) => `backfills/test-${sha256}.json`);
    diffs.push({ window: windowAfter(n), expect });
  }
  const earlier = await run(combineDiffs, { source: 'desk', diffs: diffs.slice(0, 1), earlier: null });
  const combined = await run(combineDiffs, { source: 'desk', diffs: diffs.slice(1), earlier });
  expect(combined).toMatchObject({
    windows: 3,
    totals: { lines: 3, tables: { desk: { before: 3, after: 6, onlyBefore: 0, onlyAfter: 3, changed: 3 } } },
  });
  expect(await run(readPlan, { ref: combined.ref, page: 0 })).toEqual(diffs);
});
