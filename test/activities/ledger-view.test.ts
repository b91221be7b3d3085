/** The ledger read from a snapshot and what came after it is the ledger read from its entries; a snapshot that lies is passed over. */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import fc from 'fast-check';
import { createSnapshotLedger } from '../../src/activities/upkeep/snapshot-ledger.ts';
import { deltaLogs } from '../../src/adapters/delta/log.ts';
import { createMemoryStore } from '../../src/adapters/object-store/memory.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { CONTRACTS } from '../../src/domain/sources/index.ts';
import { encodeActions, logName } from '../../src/domain/formats/delta.ts';
import { InvariantViolation } from '../../src/domain/errors.ts';
import { planMergeEntry } from '../../src/domain/formats/ledger.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import type { Report } from '../../src/domain/kpi/report.ts';
import { FORMAT_VERSION, ledgerRoot, reportKey, snapshotKey, verifiedKey } from '../../src/domain/formats/layout.ts';
import { type LedgerView, publishedAs, readLedger, readWholeLedger } from '../../src/lake/ledger.ts';
import { keepReports, lastReported, readReports, reportsSince } from '../../src/lake/reports.ts';
import { keepSnapshot, listSnapshots } from '../../src/lake/snapshot.ts';
import { tellVerified, verifiedVersions } from '../../src/lake/verified.ts';
import { decorateStore } from '../support/decorate-store.ts';
import { putEntries, sealOfEntry } from '../support/ledger-entries.ts';

const ROOT = ledgerRoot('desk');
const REPORT = REPORTS.get('desk')!;
const SHA = 'ab'.repeat(32);

/** A process of its own: its memory is its own. */
function processOn(store: ObjectStore) {
  const warnings: unknown[] = [];
  const got: string[] = [];
  const counted = decorateStore(store, {
    get: (key, perform) => {
      got.push(key);
      return perform();
    },
  });
  const log = { info: () => undefined, warn: (_: string, facts: unknown) => void warnings.push(facts) };
  const ports = { store: counted, logs: deltaLogs(counted), log, contracts: CONTRACTS };
  return { ports, warnings, got, entriesRead: () => got.filter((key) => key.startsWith(`${ROOT}_delta_log/`)).length };
}

const plain = ({ state, entries }: LedgerView) => ({
  ...state,
  files: new Map(state.files),
  transactions: new Map(state.transactions),
  tombstones: new Map(state.tombstones),
  entries: [...entries],
  judgedBy: [...entries.windows()].sort().flatMap((window) => [...entries.sealsOf(window)]),
});

async function snapshotOf(store: ObjectStore, verified = -1): Promise<string> {
  const { state, entries } = await readLedger(processOn(store).ports, 'desk');
  return keepSnapshot({ store }, 'desk', { state, entries, verified, reported: { [REPORT.name]: verified } });
}

describe('a snapshot and the entries after it', () => {
  test('give what all entries give, whatever the lengths, and read only those after it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 20 }), async (before, after) => {
        const store = createMemoryStore();
        const head = await putEntries(store, 0, before, null);
        await snapshotOf(store);
        await putEntries(store, before, before + after, head);
        const { ports, warnings, entriesRead } = processOn(store);
        const ledger = await readLedger(ports, 'desk');
        expect(plain(ledger)).toEqual(plain(await readWholeLedger({ store }, 'desk')));
        expect(warnings).toEqual([]);
        expect(entriesRead()).toBe(after + 1); // and the one that ties the snapshot to the chain
        for (let n = 0; n < before + after; n += 1) {
          const again = n % 3 === 1 && n + 1 < before + after;
          expect(publishedAs(ledger, sealOfEntry(n), 0)).toBe(again ? n + 1 : n);
        }
        expect(publishedAs(ledger, sealOfEntry(0), 1)).toBeUndefined();
      }),
      { numRuns: 25 },
    );
  });

  test('are followed by what others append; a view that is held stays as it was', async () => {
    const store = createMemoryStore();
    const head = await putEntries(store, 0, 5, null);
    await snapshotOf(store);
    const [one, two] = [processOn(store), processOn(store)];
    const held = await readLedger(one.ports, 'desk');
    const before = plain(held);
    await putEntries(store, 5, 2_500, head);
    const views = await Promise.all([1, 2, 3].map(() => readLedger(one.ports, 'desk')));
    for (const view of views) expect(view.entries).toHaveLength(2_500);
    expect(plain(held)).toEqual(before);
    expect(plain(await readLedger(two.ports, 'desk'))).toEqual(plain(views[0]!));
  });

  test('an entry after it that does not continue the chain is refused', async () => {
    const store = createMemoryStore();
    await putEntries(store, 0, 5, null);
    await snapshotOf(store);
    await putEntries(store, 5, 6, 'ab'.repeat(32));
    await expect(readLedger(processOn(store).ports, 'desk')).rejects.toThrow(InvariantViolation);
  });
});

test('a merge after the last verified entry is verified with it, and said so', async () => {
  const store = createMemoryStore();
  const previous = await putEntries(store, 0, 2, null);
  const merge = encodeActions(planMergeEntry({ previous, timestamp: 1, chatlake: '1' }, [], []));
  await store.put(`${ROOT}${logName(2)}`, merge, { ifAbsent: true });
  const told: unknown[] = [];
  const { ports } = processOn(store);
  const log = { ...ports.log, info: (event: string, facts: object) => void told.push([event, facts]) };
  for (const n of [0, 1]) {
    await store.put(verifiedKey('desk', n), Uint8Array.of(1), { ifAbsent: true });
    await tellVerified(
      { ...ports, log },
      'desk',
      await readLedger(ports, 'desk'),
      await verifiedVersions(ports, 'desk'),
    );
  }
  expect(told).toEqual([0, 2].map((upTo) => ['ledger.verified', { source: 'desk', upTo, head: 2 }]));
});

describe('a snapshot that lies is passed over, and said so:', () => {
  const lies: Readonly<Record<string, (lines: string[]) => string[]>> = {
    'another head': ([header = '', ...rest]) => [
      JSON.stringify({ ...(JSON.parse(header) as object), headSha256: 'ab'.repeat(32) }),
      ...rest,
    ],
    'an entry less': (lines) => lines.slice(0, -1),
    'another last entry': (lines) => [...lines.slice(0, -1), lines.at(-2) ?? ''],
    'another format': (lines) =>
      lines.map((line, i) =>
        i === 0 ? line.replace(`"formatVersion":${FORMAT_VERSION}`, '"formatVersion":99') : line,
      ),
    'more verified than there is': (lines) =>
      lines.map((line, i) => (i === 0 ? line.replace('"verified":-1', '"verified":9') : line)),
    'no JSON': (lines) => [...lines.slice(0, -1), '{'],
  };
  test.each(Object.keys(lies))('%s', async (name) => {
    const store = createMemoryStore();
    await putEntries(store, 0, 7, null);
    const key = await snapshotOf(store);
    const lines = gunzipSync((await store.get(key))!)
      .toString('utf8')
      .trimEnd()
      .split('\n');
    const lying = gzipSync(`${lies[name]!(lines).join('\n')}\n`);
    await store.remove(key);
    const sha256 = createHash('sha256').update(lying).digest('hex');
    await store.put(snapshotKey('desk', 6, sha256), lying, { ifAbsent: true });
    await expectIgnored(store);
  });

  test('altered bytes, and one of entries that are not there', async () => {
    const store = createMemoryStore();
    await putEntries(store, 0, 7, null);
    const key = await snapshotOf(store);
    await store.put(
      key,
      (await store.get(key))!.map((byte, i) => (i === 20 ? byte ^ 1 : byte)),
      { ifAbsent: false },
    );
    await expectIgnored(store);
    await store.remove(key);
    const view = await readLedger(processOn(store).ports, 'desk');
    await keepSnapshot({ store }, 'desk', { ...view, verified: -1, reported: {} });
    await store.remove(`${ROOT}${logName(6)}`);
    await expectIgnored(store);
  });

  test('the one before it is taken instead', async () => {
    const store = createMemoryStore();
    const head = await putEntries(store, 0, 7, null);
    await snapshotOf(store);
    await putEntries(store, 7, 9, head);
    await store.put(snapshotKey('desk', 8, 'ab'.repeat(32)), new Uint8Array([1]), { ifAbsent: true });
    const { ports, warnings, entriesRead } = processOn(store);
    expect((await readLedger(ports, 'desk')).entries).toHaveLength(9);
    expect([warnings.length, entriesRead()]).toEqual([1, 3]);
  });

  async function expectIgnored(store: ObjectStore): Promise<void> {
    const { ports, warnings } = processOn(store);
    expect(plain(await readLedger(ports, 'desk'))).toEqual(plain(await readWholeLedger({ store }, 'desk')));
    expect(warnings).toHaveLength(1);
  }
});

describe('what is verified and reported', () => {
  test('is told by the snapshot as far as it goes, and listed after that', async () => {
    const store = createMemoryStore();
    const put = (key: string) => store.put(key, new Uint8Array(), { ifAbsent: true });
    await putEntries(store, 0, 8, null);
    for (const n of [0, 1, 2, 3, 5]) await put(verifiedKey('desk', n));
    await put(reportKey(REPORT.name, 4, SHA));
    const full = await verifiedVersions(processOn(store).ports, 'desk');
    expect([full.upTo, full.size, full.has(4), full.has(5)]).toEqual([3, 5, false, true]);
    await snapshotOf(store, 3);
    for (const n of [0, 1, 2, 3]) await store.remove(verifiedKey('desk', n)); // to see that they are not listed
    const { ports } = processOn(store);
    expect(await verifiedVersions(ports, 'desk')).toMatchObject({ upTo: 3, size: 5 });
    await put(verifiedKey('desk', 4));
    expect(await verifiedVersions(ports, 'desk')).toMatchObject({ upTo: 5, size: 6 });
    expect(await lastReported(ports, 'desk', REPORT)).toBe(4);
    await put(reportKey(REPORT.name, 7, SHA));
    expect(await lastReported(ports, 'desk', REPORT)).toBe(7);
  });

  test('an entry that decides nothing needs no proof', async () => {
    const store = createMemoryStore();
    const previous = await putEntries(store, 0, 1, null);
    const merge = planMergeEntry({ previous, timestamp: 1, chatlake: '1' }, [], []);
    await store.put(`${ROOT}${logName(1)}`, encodeActions(merge), { ifAbsent: true });
    await store.put(verifiedKey('desk', 0), new Uint8Array(), { ifAbsent: true });
    const { ports } = processOn(store);
    await readLedger(ports, 'desk');
    expect(await verifiedVersions(ports, 'desk')).toMatchObject({ upTo: 1 });
  });
});

test('snapshotLedger writes when enough came since the last, keeps two, and says what is there', async () => {
  const store = createMemoryStore();
  const run = () =>
    new MockActivityEnvironment().run(createSnapshotLedger(processOn(store).ports, REPORTS), { source: 'desk' });
  let head: string | null = null;
  for (const [from, to, written] of [
    [0, 499, false],
    [499, 500, true],
    [500, 999, false],
    [999, 1_000, true],
    [1_000, 1_500, true],
  ] as const) {
    head = await putEntries(store, from, to, head);
    const version = written ? to - 1 : Math.floor(from / 500) * 500 - 1;
    expect(await run()).toEqual({ version, written, reportsJoined: 0 });
  }
  expect((await listSnapshots({ store }, 'desk')).map((key) => Number(key.split('/')[3]!.slice(0, 20)))).toEqual([
    999, 1_499,
  ]);
});

test('snapshotLedger joins many objects of reports into one: of each day the newest report, and nobody misses what is new', async () => {
  const store = createMemoryStore();
  const day = (n: number): string => `2021-08-0${1 + (n % 5)}`;
  const report = (ledgerVersion: number) => ({ ledgerVersion }) as unknown as Report;
  for (let n = 0; n < 230; n += 1) await keepReports({ store }, REPORT.name, n, { [day(n)]: report(n) });
  const read = async (since: number): Promise<ReadonlyMap<string, number>> => {
    const days = new Map<string, number>();
    for (const { key } of await reportsSince({ store }, REPORT.name, since))
      for (const [name, one] of Object.entries((await readReports({ store }, key)).days))
        days.set(name, one.ledgerVersion);
    return days;
  };
  const [whole, late] = [await read(-1), await read(215)];
  const run = createSnapshotLedger(processOn(store).ports, REPORTS);
  expect(await new MockActivityEnvironment().run(run, { source: 'desk' })).toMatchObject({ reportsJoined: 210 });
  expect(await reportsSince({ store }, REPORT.name, -1)).toHaveLength(21);
  expect([await read(-1), await read(215)]).toEqual([whole, late]);
  expect(await lastReported(processOn(store).ports, 'desk', REPORT)).toBe(229);
  expect(await new MockActivityEnvironment().run(run, { source: 'desk' })).toMatchObject({ reportsJoined: 0 });
});
