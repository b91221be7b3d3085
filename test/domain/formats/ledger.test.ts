/** Ledger entries: nothing is decided that does not add up, and each continues the one before. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Counts, NO_COUNTS, addCounts, checkEquation } from '../../../src/domain/counts.ts';
import {
  EMPTY_STATE,
  type DeltaState,
  applyEntries,
  commitInfo,
  decodeActions,
  encodeActions,
} from '../../../src/domain/formats/delta.ts';
import { InvariantViolation } from '../../../src/domain/errors.ts';
import { FORMAT_VERSION } from '../../../src/domain/formats/layout.ts';
import {
  LEDGER_COLUMNS,
  type EntryPlan,
  type LedgerFile,
  type Manifest,
  isDecision,
  ledgerEntry,
  planEntry,
  planMergeEntry,
  previousOf,
  rowsPerTable,
  sealAppId,
} from '../../../src/domain/formats/ledger.ts';
import type { TableFile } from '../../../src/domain/formats/table-file.ts';

const COUNTS: Counts = { received: 10, enriched: 6, duplicates: 3, quarantined: 1 };
const file = (rows: number): LedgerFile => ({
  path: `p-${rows}.parquet`,
  rows,
  bytes: 100,
  claimKeys: { min: '20210802', max: 'ff' },
});
const stats = (rows: number) => ({ numRecords: rows, minValues: {}, maxValues: {}, nullCount: {} });
const tableFile = (rows: number): TableFile => ({
  path: `t-${rows}.parquet`,
  rows,
  bytes: 100,
  seals: { 'desk-2026-11-22T03-g0001': rows },
  stats: stats(rows),
});
const SPEC = 'meta/tables/desk/t/000001-x.json';

function plan(manifest: Partial<Manifest> = {}, rest: Partial<EntryPlan> = {}): EntryPlan {
  return {
    manifest: {
      formatVersion: FORMAT_VERSION,
      source: 'desk',
      seals: ['desk-2026-11-22T03-g0001'],
      revision: 0,
      base: -1,
      counts: COUNTS,
      reasons: { invalid_json: 1 },
      code: { chatlake: '1', contract: 'desk-1', engine: 'x' },
      ledgerFile: file(10),
      days: [
        { date: '2021-08-02', rows: 4 },
        { date: '2021-08-03', rows: 2 },
      ],
      tables: [{ table: 't', spec: SPEC, rows: 6, shared: false, files: [tableFile(4), tableFile(2)] }],
      dropSeals: [],
      ...manifest,
    },
    manifestKey: 'manifests/x.json',
    before: EMPTY_STATE,
    tableId: 'id',
    timestamp: 1_795_316_400_000,
    ...rest,
  };
}

describe('the equation', () => {
  const anyCount = fc.nat(1_000_000);
  const balanced = fc.tuple(anyCount, anyCount, anyCount).map(([enriched, duplicates, quarantined]): Counts => ({
    received: enriched + duplicates + quarantined,
    enriched,
    duplicates,
    quarantined,
  }));

  test('holds for what adds up, and for sums of it', () => {
    fc.assert(
      fc.property(balanced, balanced, (a, b) => {
        checkEquation(addCounts(a, b), 'sum');
        expect(addCounts(a, NO_COUNTS)).toEqual(a);
      }),
    );
  });

  test('one message too many or too few anywhere is a broken promise, told with its numbers', () => {
    const fields = Object.keys(COUNTS) as (keyof Counts)[];
    fc.assert(
      fc.property(balanced, fc.constantFrom(...fields), fc.constantFrom(-1, 1), (counts, field, change) => {
        const wrong = { ...counts, [field]: counts[field] + change };
        expect(() => checkEquation(wrong, 'the seal')).toThrow(InvariantViolation);
        expect(() => checkEquation(wrong, 'the seal')).toThrow('the seal: ');
      }),
    );
  });

  test.each([NaN, 0.5, -1, Infinity])('%d is no count of messages', (n) => {
    expect(() => checkEquation({ ...NO_COUNTS, received: n, enriched: n }, 'x')).toThrow(InvariantViolation);
  });
});

describe('planning an entry', () => {
  test.each<[string, Partial<Manifest>]>([
    ['whose equation is broken', { counts: { ...COUNTS, duplicates: 2 } }],
    [
      'whose files hold fewer rows than were enriched',
      { tables: [{ table: 't', spec: SPEC, rows: 6, shared: false, files: [] }] },
    ],
    ['whose files hold more rows than were enriched', { counts: { ...COUNTS, enriched: 5, duplicates: 4 } }],
    [
      'whose tables take fewer rows than were enriched',
      { tables: [{ table: 't', spec: SPEC, rows: 0, shared: false, files: [] }] },
    ],
    ['whose ledger file misses a line', { ledgerFile: file(9) }],
  ])('refuses one %s', (_what, wrong) => {
    expect(() => planEntry(plan(wrong))).toThrow(InvariantViolation);
    expect(() => planEntry(plan(wrong))).toThrow('desk-2026-11-22T03-g0001');
  });

  test('publishes each seal under its revision, with one file of one row per line', () => {
    const seals = ['desk-2026-11-22T03-g0001', 'desk-2026-11-22T03-g0002'];
    const actions = planEntry(plan({ seals, revision: 2, base: 4 }));
    const state = applyEntries({ ...EMPTY_STATE, version: 4 }, [{ version: 5, sha256: 'x', actions }]);
    expect(Object.fromEntries(state.transactions)).toEqual({ [sealAppId(seals[0]!)]: 2, [sealAppId(seals[1]!)]: 2 });
    expect([...state.files.values()]).toMatchObject([{ path: 'p-10.parquet', size: 100, partitionValues: {} }]);
    expect(JSON.parse([...state.files.values()][0]!.stats)).toEqual({
      numRecords: 10,
      minValues: { claim_key: '20210802' },
      maxValues: { claim_key: 'ff' },
    });
  });

  test('only the first entry says what the table is', () => {
    const kinds = (before: DeltaState) => planEntry(plan({}, { before })).flatMap((action) => Object.keys(action));
    expect(kinds(EMPTY_STATE)).toEqual(['commitInfo', 'protocol', 'metaData', 'txn', 'add']);
    const first = applyEntries(EMPTY_STATE, [{ version: 0, sha256: 'ab', actions: planEntry(plan()) }]);
    expect(kinds(first)).toEqual(['commitInfo', 'txn', 'add']);
    const metaData = planEntry(plan()).find((action) => 'metaData' in action)?.metaData;
    const { fields } = JSON.parse(metaData!.schemaString) as { fields: { name: string }[] };
    expect(fields.map(({ name }) => name)).toEqual(LEDGER_COLUMNS.map(({ name }) => name));
  });

  test('the same plan gives the same bytes', () => {
    expect(encodeActions(planEntry(plan()))).toEqual(encodeActions(planEntry(plan())));
  });
});

test('entries chain: each holds the SHA-256 of the bytes of the one before, so a changed entry breaks what follows', () => {
  const bytes: Uint8Array[] = [];
  let state: DeltaState = EMPTY_STATE;
  for (let base = -1; base < 3; base += 1) {
    const seals = [`desk-2026-11-22T0${base + 1}-g0001`];
    bytes.push(encodeActions(planEntry(plan({ base, seals }, { before: state }))));
    const entry = bytes.at(-1)!;
    const sha256 = createHash('sha256').update(entry).digest('hex');
    state = applyEntries(state, [{ version: base + 1, sha256, actions: decodeActions(entry) }]);
  }
  const entries = bytes.map((entry, version) => ({ version, sha256: '', actions: decodeActions(entry) }));
  const commits = entries.map(ledgerEntry);
  const hashes = bytes.map((entry) => createHash('sha256').update(entry).digest('hex'));
  expect(entries.map(previousOf)).toEqual([null, ...hashes.slice(0, -1)]);
  expect(commits[2]).toMatchObject({
    seals: ['desk-2026-11-22T02-g0001'],
    counts: COUNTS,
    timestamp: 1_795_316_400_000,
  });
});

describe('a merge of ledger files', () => {
  const merged = { path: 'merge.parquet', rows: 14, bytes: 900, claimKeys: { min: '04', max: '20210803' } };

  const FROM = { previous: 'ab', timestamp: 7, chatlake: '1' };

  test('is an entry of the chain that decides nothing and changes no data', () => {
    const actions = planMergeEntry(FROM, [file(10), file(4)], [merged]);
    const stored = { version: 5, sha256: '', actions };
    const entry = ledgerEntry(stored);
    expect([previousOf(stored), entry.counts, isDecision(entry)]).toEqual(['ab', NO_COUNTS, false]);
    expect(isDecision(ledgerEntry({ version: 0, sha256: '', actions: planEntry(plan()) }))).toBe(true);
    const before = planEntry(plan());
    const started = applyEntries(EMPTY_STATE, [{ version: 0, sha256: 'ab', actions: before }]);
    const state = applyEntries(started, [{ version: 1, sha256: 'cd', actions }]);
    expect([...state.files.keys()]).toEqual(['merge.parquet']);
    expect(state.transactions).toEqual(started.transactions);
    for (const action of actions) {
      if ('add' in action) expect(action.add.dataChange).toBe(false);
      if ('remove' in action) expect(action.remove.dataChange).toBe(false);
    }
  });

  test('of another number of rows is refused', () => {
    expect(() => planMergeEntry(FROM, [file(10), file(5)], [merged])).toThrow('of 15 rows were merged into 14');
  });
});

test('an entry of others, or of a format to come, is refused', () => {
  const read = (chatlake?: object) =>
    ledgerEntry({
      version: 3,
      sha256: '',
      actions: [commitInfo('1', { timestamp: 0, operation: 'WRITE', operationParameters: {}, chatlake })],
    });
  expect(() => read()).toThrow('ledger entry 3 was not written by chatlake');
  expect(() => read({ formatVersion: 99 })).toThrow('ledger entry 3 has format 99');
  expect(() => ledgerEntry({ version: 0, sha256: '', actions: [] })).toThrow(InvariantViolation);
});

test('each table gets a row of every message whose route names it', () => {
  const routes = [
    { tables: 'messages,texts', messages: 3 },
    { tables: 'messages', messages: 2 },
    { tables: 'events', messages: 1 },
  ];
  expect([...rowsPerTable(routes)]).toEqual([
    ['events', 1],
    ['messages', 5],
    ['texts', 3],
  ]);
});
