/** Small cells of health data: none is shown, and none can be computed back from everything that is. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Cells } from '../../../src/domain/kpi/figures/figure.ts';
import { hiddenGroups, isSmall, shownCells, wilson } from '../../../src/domain/kpi/figures/health.ts';
import { FIGURES } from '../../../src/domain/kpi/figures/index.ts';
import { determinedBy } from '../../support/determined.ts';

const people = fc.oneof(fc.nat(12), fc.nat(3));
const cell = (week: string, dimension: string, category: string) => (yes: number, no: number) => ({
  week,
  dimension,
  category,
  yes,
  no,
  yes_people: yes,
  no_people: no,
});

/** Weeks of groups, with their sums as a row of dimension `all`: by sex, and the same people by age. */
const weeks: fc.Arbitrary<readonly Cells[]> = fc
  .array(fc.array(fc.tuple(people, people), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 })
  .map((tables) =>
    tables.flatMap((groups, w) => {
      const week = `2021-SE${w + 10}`;
      const sum = (side: 0 | 1): number => groups.reduce((total, group) => total + group[side], 0);
      const bySex = groups.map(([yes, no], i) => cell(week, 'sex', `s${i}`)(yes, no));
      return [cell(week, 'all', '')(sum(0), sum(1)), ...bySex];
    }),
  );

test('no hidden cell follows from the shown cells and the sums of their weeks, whatever pages are put together', () => {
  fc.assert(
    fc.property(weeks, (rows) => {
      const { shown, hidden } = shownCells(rows);
      for (const { yesPeople, noPeople } of shown)
        expect([isSmall(yesPeople), isSmall(noPeople)]).toEqual([false, false]);
      // One unknown per group of a week; every page is a sum of what is shown, so it adds no equation.
      const groups = rows.filter((row) => row['dimension'] !== 'all');
      const vector = (has: (row: Cells) => boolean): number[] => groups.map((row) => (has(row) ? 1 : 0));
      const known = shown.map(({ row }) =>
        vector((other) => (row['dimension'] === 'all' ? other['week'] === row['week'] : other === row)),
      );
      const isDetermined = determinedBy(known);
      for (const { row, yes, no } of hidden) {
        if (row['dimension'] === 'all' || !(isSmall(yes) || isSmall(no))) continue;
        expect(isDetermined(vector((other) => other === row))).toBe(false);
      }
    }),
    { numRuns: 500 },
  );
});

test('what is hidden of a shown week is together not small', () => {
  fc.assert(
    fc.property(weeks, (rows) => {
      const { hidden, shown } = shownCells(rows);
      const open = new Set(shown.filter(({ row }) => row['dimension'] === 'all').map(({ row }) => row['week']));
      for (const week of open) {
        const own = hidden.filter(({ row }) => row['week'] === week);
        for (const side of ['yesPeople', 'noPeople'] as const)
          expect(isSmall(own.reduce((sum, group) => sum + group[side], 0))).toBe(false);
        expect(own.length).not.toBe(1);
      }
    }),
  );
});

test('one small group takes its smallest neighbour with it; none is hidden where none is small', () => {
  const at = cell('w', 'sex', '');
  const bases = (pairs: readonly (readonly [number, number])[]) =>
    shownCells([
      cell('w', 'all', '')(50, 50),
      ...pairs.map(([yes, no], i) => ({ ...at(yes, no), category: String(i) })),
    ]);
  expect(
    bases([
      [3, 30],
      [10, 6],
      [37, 14],
    ]).hidden.map(({ row }) => row['category']),
  ).toEqual(['0', '1']);
  expect(
    bases([
      [13, 30],
      [10, 6],
    ]).hidden,
  ).toEqual([]);
  expect(hiddenGroups([]).size).toBe(0);
});

test('a week of symptoms is shown whole or not at all', () => {
  const finish = FIGURES.get('desk_symptoms')!.finish!;
  const row = { week: '2021-SE31', question: 'headache', yes: 30, no: 15, yes_people: 30, no_people: 1 };
  expect(finish([row])).toEqual([
    { week: '2021-SE31', question: 'headache', yes: null, answered: null, share: null, hidden: true },
  ]);
  expect(finish([{ ...row, no_people: 5 }])[0]).toMatchObject({ yes: 30, answered: 45, share: 0.6667, hidden: false });
});

test('Wilson’s interval', () => {
  expect(wilson(20, 45)).toEqual({ low: 0.3094, high: 0.5882 });
  expect(wilson(0, 10)).toMatchObject({ low: 0 });
  expect(wilson(0, 0)).toBeUndefined();
});
