/** A report as a person reads it in a terminal: the same text wherever it goes, with bars of block characters where a number alone says little. */
import type { Measure, MeasureResult } from './measure.ts';
import type { DayCount, Report, ReportDefinition } from './report.ts';

const BAR_WIDTH = 24;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const HEIGHTS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const NONE = '·';
/** Signs of a sparkline; of more days than that, each sign stands for a week, four weeks, a year. */
const MOST_SIGNS = 70;
const STEPS = [1, 7, 28, 364] as const;
const DAY_MS = 86_400_000;

/** The report with its volume by day. */
export function printReport(definition: ReportDefinition, report: Report, days: readonly DayCount[]): string {
  if (report.from === null) return `${definition.name}: no ${definition.rows} in this range.`;
  const lines = [
    `${definition.name}: ${report.interactions} ${definition.rows}, ${report.from} to ${report.to ?? ''} (ledger version ${report.ledgerVersion})`,
    ...volume(days),
    '',
  ];
  for (const breakdown of report.breakdowns) {
    const of = definition.breakdowns.find(({ id }) => id === breakdown.id);
    lines.push(of?.title ?? breakdown.id, ...bars(breakdown, of?.ordered === true), '');
  }
  const titles = Math.max(...definition.measures.map((measure) => measure.title.length));
  for (const result of report.measures) {
    const measure = definition.measures.find((candidate) => candidate.id === result.id);
    if (measure === undefined) continue;
    const parts = `${result.numerator} / ${result.denominator}`;
    lines.push(
      `  ${measure.title.padEnd(titles)}  ${printValue(measure, result).padStart(8)}   ${parts.padEnd(11)}  ${measure.definition}`,
    );
  }
  return lines.join('\n');
}

/** A sign per day from the first to the last with rows; nothing of a single day. */
function volume(days: readonly DayCount[]): readonly string[] {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined || first === last) return [];
  const place = ({ day }: DayCount): number => (Date.parse(day) - Date.parse(first.day)) / DAY_MS;
  const step = STEPS.find((candidate) => place(last) < candidate * MOST_SIGNS) ?? 364;
  const counts = Array<number>(Math.floor(place(last) / step) + 1).fill(0);
  for (const one of days) {
    const at = Math.floor(place(one) / step);
    counts[at] = (counts[at] ?? 0) + one.count;
  }
  const per = { 1: 'day', 7: 'week', 28: 'four weeks', 364: '52 weeks' }[step];
  return [`  per ${per}  ${sparkline(counts)}  at most ${Math.max(...counts)}`];
}

/** Counts as signs of eight heights; nothing has a sign of its own. */
export function sparkline(counts: readonly number[]): string {
  const most = Math.max(...counts, 1);
  return counts.map((n) => (n === 0 ? NONE : HEIGHTS[Math.ceil((n / most) * HEIGHTS.length) - 1])).join('');
}

/** A line per value, with a bar where there is another to compare it with; `ordered`: by value, else as the report has them, the most frequent first. */
function bars({ rows, other }: Report['breakdowns'][number], ordered: boolean): readonly string[] {
  const sorted = ordered ? [...rows].sort((a, b) => (a.value < b.value ? -1 : 1)) : rows;
  const all = other === 0 ? sorted : [...sorted, { value: 'others', count: other }];
  const width = Math.max(...all.map(({ value }) => value.length), 1);
  // The others are many values together, and would make the rest small.
  const most = Math.max(...rows.map(({ count }) => count), 1);
  return all.map(({ value, count }, i) =>
    `  ${value.padEnd(width)}  ${count.toString().padStart(6)}  ${i < rows.length && rows.length > 1 ? bar(count / most) : ''}`.trimEnd(),
  );
}

/** A bar of a share between 0 and 1, to an eighth of a character; the least there is can be seen. */
export function bar(share: number): string {
  const eighths = Math.max(1, Math.round(share * BAR_WIDTH * EIGHTHS.length));
  return '█'.repeat(Math.floor(eighths / EIGHTHS.length)) + (EIGHTHS[eighths % EIGHTHS.length] ?? '');
}

/** A measure's value with its unit, to one or two decimals. */
export function printValue(measure: Measure, result: MeasureResult): string {
  if (result.value === null) return 'unknown';
  if (measure.kind === 'distinct') return String(result.value);
  if (measure.kind === 'mean') return result.value.toFixed(2);
  const hundred = (result.value * 100).toFixed(1);
  return measure.kind === 'net' ? hundred : `${hundred} %`;
}
