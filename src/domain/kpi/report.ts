/** A report: figures over current rows of a table, pinned to the ledger version they were read at. */
import { type Breakdown, type Measure, type MeasureResult, measureResult } from './measure.ts';

export interface ReportDefinition {
  readonly name: string;
  /** What a current row of the table is, in the plural. */
  readonly rows: string;
  readonly table: string;
  readonly breakdowns: readonly Breakdown[];
  readonly measures: readonly Measure[];
}

export interface Report {
  readonly name: string;
  /** First and last event day, inclusive; null when no rows were found. */
  readonly from: string | null;
  readonly to: string | null;
  readonly ledgerVersion: number;
  readonly interactions: number;
  readonly breakdowns: readonly {
    readonly id: string;
    readonly rows: readonly { readonly value: string; readonly count: number }[];
    /** Rows with values that are not listed, for there are too many. */
    readonly other: number;
  }[];
  readonly measures: readonly MeasureResult[];
}

/** Rows of one event day. */
export interface DayCount {
  readonly day: string;
  readonly count: number;
}

/** Values of a breakdown that are listed; the rest is counted together. */
const VALUES_LISTED = 100;

/**
 * Two queries over the view `current` that hold every integer of reports, told apart by the text `by`: (k, interactions, first_day,
 * last_day, n0, d0, …) and (k, i, v, c, place), the values of breakdown `i`, the most frequent first.
 */
export function reportQueries(
  { measures, breakdowns }: ReportDefinition,
  by: string,
): { readonly measures: string; readonly breakdowns: string } {
  const sums = measures.flatMap(({ numerator, denominator, kind }, i) => {
    const term = kind === 'share' ? `CASE WHEN ${numerator} THEN 1 ELSE 0 END` : numerator;
    const total = kind === 'distinct' ? `count(DISTINCT ${numerator})` : `sum(${term})`;
    return [
      `coalesce(${total} FILTER (WHERE ${denominator}), 0)::INTEGER AS n${i}`,
      `(count(*) FILTER (WHERE ${denominator}))::INTEGER AS d${i}`,
    ];
  });
  const counted = breakdowns.map(
    ({ column, list }, i) =>
      `SELECT k, ${i} AS i, v, count(*)::INTEGER AS c FROM (SELECT ${by} AS k, ${list ? `unnest(${column})` : column} AS v FROM current) WHERE v IS NOT NULL GROUP BY k, v`,
  );
  return {
    measures: `SELECT ${by} AS k, count(*)::INTEGER AS interactions, min(event_date)::VARCHAR AS first_day, max(event_date)::VARCHAR AS last_day,
      ${sums.join(', ')} FROM current GROUP BY k ORDER BY k`,
    breakdowns: `SELECT k, i, CASE WHEN place <= ${VALUES_LISTED} THEN v END AS v, sum(c)::INTEGER AS c, min(place)::INTEGER AS place
      FROM (SELECT *, row_number() OVER (PARTITION BY k, i ORDER BY c DESC, v) AS place FROM (${counted.join(' UNION ALL ')}))
      GROUP BY ALL ORDER BY k, i, place`,
  };
}

/** The query over `current` of the rows of each day, oldest first: (day, count). */
export const DAYS_QUERY =
  'SELECT event_date::VARCHAR AS day, count(*)::INTEGER AS count FROM current WHERE event_date IS NOT NULL GROUP BY ALL ORDER BY day';

type Row = Readonly<Record<string, unknown>>;

/** The reports made of the rows of those queries, by what tells them apart; of no rows one report of nothing, under ''. */
export function readReports(
  definition: ReportDefinition,
  measures: readonly Row[],
  breakdowns: readonly Row[],
  ledgerVersion: number,
): ReadonlyMap<string, Report> {
  const rows = measures.length === 0 ? [{ k: '', interactions: 0 }] : measures;
  return new Map(
    rows.map((row) => [
      String(row['k' as keyof typeof row]),
      readReport(
        definition,
        row,
        breakdowns.filter(({ k }) => k === row['k']),
        ledgerVersion,
      ),
    ]),
  );
}

function readReport(definition: ReportDefinition, row: Row, counted: readonly Row[], ledgerVersion: number): Report {
  const day = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const whole = (value: unknown): number => Number(value ?? 0);
  return {
    name: definition.name,
    from: day(row['first_day']),
    to: day(row['last_day']),
    ledgerVersion,
    interactions: whole(row['interactions']),
    breakdowns: definition.breakdowns.map(({ id }, i) => {
      const own = counted.filter((one) => one['i'] === i);
      const listed = own.filter((one) => typeof one['v'] === 'string');
      return {
        id,
        rows: listed.map((one) => ({ value: String(one['v']), count: whole(one['c']) })),
        other: own.reduce((sum, one) => (typeof one['v'] === 'string' ? sum : sum + whole(one['c'])), 0),
      };
    }),
    measures: definition.measures.map((measure, i) => measureResult(measure, whole(row[`n${i}`]), whole(row[`d${i}`]))),
  };
}
