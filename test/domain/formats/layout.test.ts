/** Names on the store: what is written can be read back, sorts as it should, and nothing else is taken for it. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvariantViolation } from '../../../src/domain/errors.ts';
import {
  compactedAt,
  isSource,
  isTableFile,
  ledgerFile,
  ledgerRoot,
  manifestKey,
  mergedFile,
  parseLedgerFile,
  parseRawKey,
  parseSealKey,
  parseSealName,
  parseStagingRun,
  rawDayPrefix,
  rawKey,
  rawPrefix,
  rawSourcePrefix,
  reportKey,
  reportsAfter,
  runName,
  sealKey,
  sealName,
  sha256OfKey,
  snapshotKey,
  snapshotVersion,
  stagingKey,
  tableFile,
  tableRoot,
  tableSpecKey,
  tableSpecPrefix,
  verifiedKey,
  versionOfKey,
  windowOfFolder,
} from '../../../src/domain/formats/layout.ts';
import {
  diffKey,
  parkedKey,
  parkedPrefix,
  parseParkedKey,
  settledDay,
  settledKey,
  upkeepKey,
} from '../../../src/domain/formats/marks.ts';
import { windowOf } from '../../../src/domain/window.ts';
import { anyInstant, anySha256, anySource, anyWindow } from '../arbitrary.ts';

const anySeal = fc.record({ source: anySource, window: anyWindow, generation: fc.integer({ min: 1, max: 99_999 }) });
const anyRaw = fc.record({
  source: anySource,
  window: anyWindow,
  openedAtMs: anyInstant,
  count: fc.integer({ min: 1, max: 10_000_000 }),
  size: fc.integer({ min: 1, max: 10_000_000_000 }),
  sha256: anySha256,
});
const SHA = 'ab'.repeat(32);
const WINDOW = windowOf('2026-11-22T03');
const RAW = { source: 'desk', window: WINDOW, openedAtMs: 1_795_316_400_000, count: 7, size: 812, sha256: SHA };

test('the names are those of the design', () => {
  const run = runName(sealName({ source: 'desk', window: WINDOW, generation: 1 }), 0);
  expect(rawKey(RAW)).toBe(`raw/source=desk/date=2026-11-22/hour=03/1795316400000-7-812-${SHA}.ndjson.gz`);
  expect(sealKey({ source: 'desk', window: WINDOW, generation: 1 })).toBe(
    'seals/source=desk/date=2026-11-22/hour=03/g0001.json',
  );
  expect(stagingKey(run, 'cleanse', 3, `${SHA}.parquet`)).toBe(
    `staging/desk-2026-11-22T03-g0001-r0/cleanse-00003-${SHA}.parquet`,
  );
  expect(`${ledgerRoot('desk')}${ledgerFile(run, SHA)}`).toBe(`ledger/desk/desk-2026-11-22T03-g0001-r0-${SHA}.parquet`);
  expect(`${tableRoot('t')}${tableFile(run, 0, SHA)}`).toBe(`tables/t/desk-2026-11-22T03-g0001-r0-0000-${SHA}.parquet`);
  expect(manifestKey(SHA)).toBe(`manifests/${SHA}.json`);
  expect(verifiedKey('desk', 12)).toBe('verified/desk/00000000000000000012.json');
  expect(reportKey('r', 3, SHA)).toBe(`reports/r/00000000000000000003-${SHA}.json`);
});

test('a raw key gives its parts back, and lies below the prefixes of its window, day and source', () => {
  fc.assert(
    fc.property(anyRaw, (parts) => {
      const key = rawKey(parts);
      expect(parseRawKey(key)).toEqual(parts);
      const { source, window } = parts;
      for (const prefix of [
        rawPrefix(source, window),
        rawDayPrefix(source, window.slice(0, 10)),
        rawSourcePrefix(source),
      ])
        expect(key.startsWith(prefix)).toBe(true);
    }),
  );
});

test('raw keys of a window sort by the time at which they were opened', () => {
  fc.assert(
    fc.property(anyInstant, anyInstant, (a, b) => {
      const [first, second] = [a, b].map((openedAtMs) => rawKey({ ...RAW, openedAtMs }));
      expect(Math.sign(Number(first! > second!) - Number(first! < second!))).toBe(Math.sign(a - b));
    }),
  );
});

test('a raw object holds at least one message', () => {
  expect(() => rawKey({ ...RAW, count: 0 })).toThrow(InvariantViolation);
});

test('a seal is the same in its key and its name', () => {
  fc.assert(
    fc.property(anySeal, (id) => {
      expect(parseSealKey(sealKey(id))).toEqual(id);
      expect(parseSealName(sealName(id))).toEqual(id);
    }),
  );
});

test('two seals, runs, files never share a name', () => {
  fc.assert(
    fc.property(anySeal, anySeal, (a, b) => {
      const same = a.source === b.source && a.window === b.window && a.generation === b.generation;
      expect(sealName(a) === sealName(b)).toBe(same);
      expect(sealKey(a) === sealKey(b)).toBe(same);
    }),
  );
});

describe('what chatlake did not write', () => {
  const good = rawKey(RAW);
  test.each([
    '',
    'raw/readme.txt',
    good.replace('.gz', ''),
    `${good}.tmp`,
    `x/${good}`,
    good.replace('hour=03', 'hour=3'),
    good.replace('hour=03', 'hour=24'),
    good.replace('2026-11-22', '2026-02-30'),
    good.replace('2026-11-22', 'yesterday'),
    good.replace(SHA, SHA.toUpperCase()),
    good.replace(SHA, SHA.slice(1)),
    good.replace('-7-', '-0-'),
    good.replace('-7-', '--'),
    good.replace('1795316400000', '17953164'),
    good.replace('source=desk', 'source=de/sk'),
  ])('is no raw object: %s', (key) => expect(parseRawKey(key)).toBeUndefined());

  const seal = sealKey({ source: 'desk', window: WINDOW, generation: 1 });
  test.each([
    '',
    seal.replace('g0001', 'g1'),
    seal.replace('hour=03', 'hour=99'),
    `${seal}.bak`,
    seal.replace('g0', 'h0'),
  ])('is no seal: %s', (key) => expect(parseSealKey(key)).toBeUndefined());

  test.each(['desk', 'desk-2026-11-22T03', 'Desk-2026-11-22T03-g0001', 'desk-2026-11-22T03-g0001-r0'])(
    'is not the name of a seal: %s',
    (name) => expect(() => parseSealName(name)).toThrow(InvariantViolation),
  );
});

test('who wrote a ledger’s file and what was staged stand in their names', () => {
  fc.assert(
    fc.property(anySeal, fc.nat(), anyInstant, anySha256, (id, revision, instant, sha256) => {
      const seal = sealName(id);
      const run = runName(seal, revision);
      expect(parseLedgerFile(ledgerFile(run, sha256))).toEqual({ seal, revision });
      expect(parseLedgerFile(mergedFile(instant, 0, sha256))).toBeUndefined();
      expect(parseStagingRun(`${run}/`)).toEqual({ seal, revision });
    }),
  );
  for (const name of ['', 'run-r0', 'desk-2021-08-02T03-r0/', 'desk-2021-08-02T03-g0001/', `run-r0-${SHA}.parquet`])
    expect([parseLedgerFile(name), parseStagingRun(name)]).toEqual([undefined, undefined]);
});

test('a table’s file is known as chatlake’s, whoever made it, and nothing else is', () => {
  fc.assert(
    fc.property(anySeal, fc.nat(), fc.nat(99_999), anyInstant, anySha256, (id, revision, n, instant, sha256) => {
      for (const what of [runName(sealName(id), revision), compactedAt(instant)]) {
        expect(isTableFile(tableFile(what, n, sha256))).toBe(true);
        expect(isTableFile(`_delta_log/${tableFile(what, n, sha256)}`)).toBe(false);
      }
      expect(compactedAt(instant) === compactedAt(instant + 1)).toBe(false);
    }),
  );
  for (const name of ['', 'part-0.parquet', '_delta_log/0.json', `x-0000-${SHA}.parquet.tmp`, `-0000-${SHA}.parquet`])
    expect(isTableFile(name)).toBe(false);
});

test('a table’s description sorts by its contract’s version, below the prefix of its source', () => {
  fc.assert(
    fc.property(fc.nat(999_999), fc.nat(999_999), anySha256, (a, b, sha256) => {
      const [one, other] = [a, b].map((version) => tableSpecKey('desk', 't', version, sha256));
      expect(one!.startsWith(tableSpecPrefix('desk'))).toBe(true);
      expect(one! < other!).toBe(a < b);
      expect(sha256OfKey(one!)).toBe(sha256);
    }),
  );
});

test('a parked window, a snapshot, a settled day and the folder of an hour give back what they say', () => {
  fc.assert(
    fc.property(anySource, anyWindow, anyInstant, fc.nat(), anySha256, (source, window, sinceMs, version, sha256) => {
      const key = parkedKey({ source, window, sinceMs, code: 'c0ffee' }, sha256);
      expect(parseParkedKey(key)).toEqual({ key, source, window, sinceMs, code: 'c0ffee' });
      expect(key.startsWith(parkedPrefix(source, window))).toBe(true);
      expect(snapshotVersion(snapshotKey(source, version, sha256))).toBe(version);
      expect(settledDay(settledKey(source, window.slice(0, 10), sha256))).toBe(window.slice(0, 10));
      expect(windowOfFolder(`${rawPrefix(source, window)}notes.txt`)).toBe(window);
    }),
  );
  expect(parseParkedKey(parkedPrefix('desk', WINDOW))).toBeUndefined();
  expect(windowOfFolder('raw/source=desk/notes.txt')).toBeUndefined();
});

test('the version at the end of a key comes back', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (a, b) => {
      expect(versionOfKey(verifiedKey('desk', a))).toBe(a);
      expect(versionOfKey(reportKey('desk_service', a, SHA))).toBe(a);
      expect(reportKey('r', b, SHA) > reportsAfter('r', a)).toBe(b > a);
      expect(verifiedKey('desk', a) < verifiedKey('desk', b)).toBe(a < b);
    }),
  );
  expect(() => versionOfKey('verified/desk/12.json')).toThrow(InvariantViolation);
});

test('every content-addressed name holds the SHA-256 it was made of, other names none', () => {
  fc.assert(
    fc.property(anyRaw, anySha256, (raw, sha256) => {
      const names = [
        stagingKey('run-r0', 'cleanse', 0, `${sha256}.parquet`),
        stagingKey('run-r0', 'dedupe', 0, `${sha256}.json`),
        tableRoot('t') + tableFile('run-r0', 0, sha256),
        tableRoot('t') + tableFile(compactedAt(raw.openedAtMs), 0, sha256),
        diffKey('desk', raw.window, 1, sha256),
        ledgerRoot('desk') + ledgerFile('run-r0', sha256),
        ledgerRoot('desk') + mergedFile(raw.openedAtMs, 0, sha256),
        upkeepKey('desk', 'vacuum', raw.openedAtMs, sha256),
        manifestKey(sha256),
        reportKey('r', 1, sha256),
        rawKey({ ...raw, sha256 }),
      ];
      for (const name of names) expect(sha256OfKey(name)).toBe(sha256);
    }),
  );
  for (const name of [sealKey({ source: 'desk', window: WINDOW, generation: 1 }), verifiedKey('desk', 1), `x-${SHA}`])
    expect(sha256OfKey(name)).toBeUndefined();
});

test('a source is a short lower-case word', () => {
  fc.assert(fc.property(anySource, (source) => expect(isSource(source)).toBe(true)));
  for (const name of ['', 'Desk', '1desk', 'de-sk', 'de/sk', 'de sk', '_desk', 'désk', 'x'.repeat(32)])
    expect(isSource(name)).toBe(false);
});
