/** What files of a table hold, told by the log alone: nobody reads a file, or leaves one out, by its name. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Add } from '../../../src/domain/formats/delta.ts';
import {
  type TableFile,
  addOf,
  daysOf,
  fileOf,
  filesOf,
  filesWithDays,
  mayHoldDays,
  rowsOfSeals,
} from '../../../src/domain/formats/table-file.ts';

const DAYS = Array.from({ length: 28 }, (_, i) => `2021-02-${String(i + 1).padStart(2, '0')}`);
const anyDay = fc.constantFrom(...DAYS);
const anySeals = fc.dictionary(fc.constantFrom('s1', 's2', 's3'), fc.integer({ min: 1, max: 9 }), { minKeys: 1 });

const file = (
  path: string,
  first: string,
  last: string,
  seals: Readonly<Record<string, number>> = { s1: 1 },
): TableFile => {
  const rows = Object.values(seals).reduce((sum, n) => sum + n, 0);
  const stats = {
    numRecords: rows,
    minValues: { event_date: first, entity: 'a' },
    maxValues: { event_date: last, entity: 'z' },
    nullCount: { event_date: 0, occurred_at: rows, entity: 0 },
  };
  return { path, bytes: 10, rows, seals, stats };
};
const anyFile = fc
  .tuple(anyDay, anyDay, anySeals, fc.nat())
  .map(([a, b, seals, n]) => file(`f${n}.parquet`, a < b ? a : b, a < b ? b : a, seals));

test('a file comes back from its add as it was, through the bytes of a log', () => {
  fc.assert(
    fc.property(anyFile, fc.nat(), fc.boolean(), (one, at, dataChange) => {
      const add = JSON.parse(JSON.stringify(addOf(one, at, dataChange))) as Add;
      expect(fileOf(add)).toEqual(one);
      expect(fileOf(add)).toBe(fileOf(add));
      expect([...filesOf({ files: new Map([[one.path, add]]) })]).toEqual([one]);
      expect(add).toMatchObject({
        path: one.path,
        size: one.bytes,
        modificationTime: at,
        dataChange,
        partitionValues: {},
      });
    }),
  );
});

test('an add says rows, ranges and null counts in the words of the protocol, and texts only in its tags', () => {
  const add = addOf(file('a.parquet', '2021-02-01', '2021-02-03', { s2: 2, s1: 1 }), 7, true);
  expect(JSON.parse(add.stats)).toEqual({
    numRecords: 3,
    minValues: { event_date: '2021-02-01', entity: 'a' },
    maxValues: { event_date: '2021-02-03', entity: 'z' },
    nullCount: { event_date: 0, occurred_at: 3, entity: 0 },
  });
  for (const tag of Object.values(add.tags ?? {})) expect(typeof tag).toBe('string');
});

describe('the files of some days', () => {
  test('are all that may hold a row of one, and no other', () => {
    fc.assert(
      fc.property(fc.array(anyFile, { maxLength: 12 }), fc.uniqueArray(anyDay), (files, some) => {
        const days = [...some].sort();
        const holds = (one: TableFile): boolean => {
          const { first, last } = daysOf(one);
          return days.some((day) => first <= day && day <= last);
        };
        expect(filesWithDays(files, days)).toEqual(files.filter(holds));
      }),
    );
  });

  test('are those of a range when it is one', () => {
    fc.assert(
      fc.property(anyFile, anyDay, anyDay, (one, a, b) => {
        const [from, to] = a < b ? [a, b] : [b, a];
        const days = DAYS.filter((day) => from <= day && day <= to);
        expect(mayHoldDays(one, from, to)).toBe(filesWithDays([one], days).length === 1);
      }),
    );
  });

  test('hold a file whose days are not told, whatever is asked', () => {
    const one = { ...file('a', '', ''), stats: { numRecords: 1, minValues: {}, maxValues: {}, nullCount: {} } };
    expect(filesWithDays([one], ['2021-02-05'])).toEqual([one]);
    expect(mayHoldDays(one, '0001-01-01', '0001-01-01')).toBe(true);
  });
});

test('rows of seals are counted as the file tells them', () => {
  fc.assert(
    fc.property(anyFile, fc.subarray(['s1', 's2', 's3', 's4']), (one, asked) => {
      const expected = asked.reduce((sum, seal) => sum + (one.seals[seal] ?? 0), 0);
      expect(rowsOfSeals(one, new Set(asked))).toBe(expected);
      expect(rowsOfSeals(one, new Set(Object.keys(one.seals)))).toBe(one.rows);
    }),
  );
});
