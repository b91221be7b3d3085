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
  }[];
  readonly measures: readonly MeasureResult[];
}

/** One query whose single row holds every integer of a report; the view `current` is what it reads. */
export function reportSql({ measures, breakdowns }: ReportDefinition): string {
  const sums = measures.flatMap(({ numerator, denominator, kind }, i) => {
    const term = kind === 'share' ? `CASE WHEN ${numerator} THEN 1 ELSE 0 END` : numerator;
    const total = kind === 'distinct' ? `count(DISTINCT ${numerator})` : `sum(${term})`;
    return [
      `coalesce(${total} FILTER (WHERE ${denominator}), 0)::INTEGER AS n${i}`,
      `count(*) FILTER (WHERE ${denominator})::INTEGER AS d${i}`,
    ];
  });
  const counted = breakdowns.map(({ column, list }, i) => {
    const values = list ? `SELECT unnest(${column}) AS v FROM current` : `SELECT ${column} AS v FROM current`;
    return `(SELECT coalesce(to_json(list({value: v, count: c} ORDER BY c DESC, v)), '[]')::VARCHAR FROM (SELECT v, count(*)::INTEGER AS c FROM (${values}) WHERE v IS NOT NULL GROUP BY v)) AS b${i}`;
  });
  return `SELECT count(*)::INTEGER AS interactions, min(event_date)::VARCHAR AS first_day, max(event_date)::VARCHAR AS last_day, ${[...sums, ...counted].join(', ')} FROM current`;
}

/** The report made of that row. */
export function readReport(
  definition: ReportDefinition,
  row: Readonly<Record<string, unknown>>,
  ledgerVersion: number,
): Report {
  const day = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return {
    name: definition.name,
    from: day(row['first_day']),
    to: day(row['last_day']),
    ledgerVersion,
    interactions: Number(row['interactions']),
    breakdowns: definition.breakdowns.map(({ id }, i) => ({
      id,
      rows: JSON.parse(String(row[`b${i}`])) as { value: string; count: number }[],
    })),
    measures: definition.measures.map((measure, i) =>
      measureResult(measure, Number(row[`n${i}`]), Number(row[`d${i}`])),
    ),
  };
}

/** The report as a person reads it in a terminal. */
export function printReport(definition: ReportDefinition, report: Report): string {
  if (report.from === null) return `${definition.name}: no ${definition.rows} in this range.`;
  const lines = [
    `${definition.name}: ${report.interactions} ${definition.rows}, ${report.from} to ${report.to ?? ''} (ledger version ${report.ledgerVersion})`,
    '',
  ];
  for (const { id, rows } of report.breakdowns) {
    lines.push(definition.breakdowns.find((breakdown) => breakdown.id === id)?.title ?? id);
    const width = Math.max(...rows.map((row) => row.value.length), 1);
    lines.push(...rows.map((row) => `  ${row.value.padEnd(width)}  ${row.count.toString().padStart(6)}`), '');
  }
  const titles = Math.max(...definition.measures.map((measure) => measure.title.length));
  for (const result of report.measures) {
    const measure = definition.measures.find((candidate) => candidate.id === result.id);
    if (measure === undefined) continue;
    const parts = `${result.numerator ?? '–'} / ${result.denominator}`;
    lines.push(
      `  ${measure.title.padEnd(titles)}  ${printValue(measure, result).padStart(8)}   ${parts.padEnd(11)}  ${measure.definition}`,
    );
  }
  return lines.join('\n');
}

/** A measure's value with its unit, to one or two decimals. */
export function printValue(measure: Measure, result: MeasureResult): string {
  if (result.hidden) return 'n < 5';
  if (result.value === null) return 'unknown';
  if (measure.kind === 'distinct') return String(result.value);
  if (measure.kind === 'mean') return result.value.toFixed(2);
  const hundred = (result.value * 100).toFixed(1);
  return measure.kind === 'net' ? hundred : `${hundred} %`;
}
