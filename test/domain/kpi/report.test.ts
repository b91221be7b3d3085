/** Reports in SQL and back: by day or as one, the same integers as counting by hand. */
import { tmpdir } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { literal, withSession } from '../../../src/adapters/engine/duckdb/session.ts';
import { printReport } from '../../../src/domain/kpi/print-report.ts';
import { type Report, type ReportDefinition, readReports, reportQueries } from '../../../src/domain/kpi/report.ts';

interface Row {
  readonly event_date: string;
  readonly channel: string | null;
  readonly services: readonly string[] | null;
  readonly person: string | null;
  readonly stars: number | null;
}

const of = (id: string) => ({
  ...{ id, title: `Title of ${id}`, titlePt: id },
  ...{ definition: `Definition of ${id}.`, definitionPt: `Definição de ${id}.` },
});
const measure = (id: string, kind: 'share' | 'mean' | 'net' | 'distinct', numerator: string, denominator: string) => ({
  ...of(id),
  kind,
  numerator,
  denominator,
});
const DEFINITION: ReportDefinition = {
  name: 'a_report',
  rows: 'things',
  table: 'things',
  breakdowns: [
    { ...of('channel'), column: 'channel', list: false },
    { ...of('services'), column: 'services', list: true },
  ],
  measures: [
    measure('good', 'share', 'stars > 3', 'stars IS NOT NULL'),
    measure('stars', 'mean', 'stars', 'stars IS NOT NULL'),
    measure('nps', 'net', 'CASE WHEN stars > 3 THEN 1 WHEN stars < 3 THEN -1 ELSE 0 END', 'stars IS NOT NULL'),
    measure('people', 'distinct', 'person', 'person IS NOT NULL'),
  ],
};
const BY_DAY = 'event_date::VARCHAR';
const AS_ONE = "''";

/** The reports that the queries give over these rows, told apart by an expression. */
async function reportsOf(rows: readonly Row[], by: string): Promise<ReadonlyMap<string, Report>> {
  const queries = reportQueries(DEFINITION, by);
  return withSession({ memoryMb: 256, threads: 1 }, tmpdir(), async (session) => {
    await session.run(`CREATE TEMP TABLE current AS
      SELECT (j->>'event_date')::DATE AS event_date, j->>'channel' AS channel, (j->'services')::VARCHAR[] AS services,
        j->>'person' AS person, (j->'stars')::INTEGER AS stars
      FROM (SELECT unnest(${literal(JSON.stringify(rows))}::JSON[]) AS j)`);
    const [measures, breakdowns] = [await session.rows(queries.measures), await session.rows(queries.breakdowns)];
    return readReports(DEFINITION, measures, breakdowns, 7);
  });
}

const counted = (values: readonly (string | null)[]): readonly { value: string; count: number }[] => {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([value, count]) => ({ value, count }));
};

/** The report of some rows, counted by hand. */
function byHand(rows: readonly Row[]): Omit<Report, 'measures'> & { readonly pairs: readonly (readonly number[])[] } {
  const days = rows.map(({ event_date }) => event_date).sort();
  const stars = rows.flatMap((row) => row.stars ?? []);
  const people = rows.flatMap(({ person }) => person ?? []);
  const sum = (values: readonly number[]): number => values.reduce((total, n) => total + n, 0);
  return {
    name: 'a_report',
    from: days[0] ?? null,
    to: days.at(-1) ?? null,
    ledgerVersion: 7,
    interactions: rows.length,
    breakdowns: [
      { id: 'channel', rows: counted(rows.map(({ channel }) => channel)), other: 0 },
      { id: 'services', rows: counted(rows.flatMap(({ services }) => services ?? [])), other: 0 },
    ],
    pairs: [
      [stars.filter((n) => n > 3).length, stars.length],
      [sum(stars), stars.length],
      [sum(stars.map((n) => Math.sign(n - 3))), stars.length],
      [new Set(people).size, people.length],
    ],
  };
}
const comparable = ({ measures, ...report }: Report) => ({
  ...report,
  pairs: measures.map(({ numerator, denominator }) => [numerator, denominator]),
});

const anyRow: fc.Arbitrary<Row> = fc.record({
  event_date: fc.constantFrom('2021-08-01', '2021-08-02', '2021-08-03'),
  channel: fc.constantFrom(null, 'whatsapp', 'telefone', "d'água", ''),
  services: fc.constantFrom(null, [], ['a'], ['a', 'b'], ['c', 'c']),
  person: fc.constantFrom(null, 'k1:a', 'k1:b', 'k1:c'),
  stars: fc.constantFrom(null, 1, 2, 3, 4, 5),
});

describe('a report', () => {
  test('by day and as one holds what counting gives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { maxLength: 30 }), async (rows) => {
        const one = await reportsOf(rows, AS_ONE);
        expect([...one.keys()]).toEqual(['']);
        expect(comparable(one.get('')!)).toEqual(byHand(rows));
        if (rows.length === 0) return;
        const days = await reportsOf(rows, BY_DAY);
        const expected = [...new Set(rows.map(({ event_date }) => event_date))].sort();
        expect([...days.keys()]).toEqual(expected);
        for (const day of expected)
          expect(comparable(days.get(day)!)).toEqual(byHand(rows.filter(({ event_date }) => event_date === day)));
      }),
      { numRuns: 40 },
    );
  });

  test('lists the hundred most frequent values of a breakdown, and counts the others together', async () => {
    const rows = Array.from({ length: 150 }, (_, n): Row[] => {
      const channel = `c${String(n).padStart(3, '0')}`;
      const one = { event_date: '2021-08-01', channel, services: null, person: null, stars: null };
      // The last are the most frequent.
      return n >= 140 ? [one, one, one] : [one];
    }).flat();
    for (const by of [AS_ONE, BY_DAY]) {
      const [report] = [...(await reportsOf(rows, by)).values()];
      const [channels, services] = report!.breakdowns;
      expect(channels!.rows).toHaveLength(100);
      expect(channels!.rows.slice(0, 11).map(({ value, count }) => `${value} ${count}`)).toEqual([
        ...Array.from({ length: 10 }, (_, i) => `c${140 + i} 3`),
        'c000 1',
      ]);
      expect(channels!.other).toBe(50);
      expect(services).toEqual({ id: 'services', rows: [], other: 0 });
      const listed = channels!.rows.reduce((sum, { count }) => sum + count, 0);
      expect(listed + channels!.other).toBe(report!.interactions);
      expect(printReport(DEFINITION, report!, [])).toMatch(/^ {2}others +50$/m);
    }
  });

  test('without others says nothing of them; of no rows says so', async () => {
    const row: Row = { event_date: '2021-08-01', channel: 'x', services: null, person: null, stars: 4 };
    const printed = printReport(DEFINITION, (await reportsOf([row], AS_ONE)).get('')!, []);
    expect(printed).not.toContain('others');
    expect(printed).toContain('a_report: 1 things, 2021-08-01 to 2021-08-01 (ledger version 7)');
    const none = (await reportsOf([], AS_ONE)).get('')!;
    expect(printReport(DEFINITION, none, [])).toBe('a_report: no things in this range.');
    expect(none.measures.map(({ value }) => value)).toEqual([null, null, null, 0]);
  });
});
