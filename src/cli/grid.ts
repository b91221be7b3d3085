/** Rows and columns for a terminal, a spreadsheet or a program. */
import { csvCell } from '../domain/csv.ts';
import { counted } from '../inspect/counted.ts';

export interface Grid {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** A column is not drawn wider than this, unless asked for. */
const WIDEST = 60;

/** The grid as aligned text, CSV (RFC 4180) or a JSON array of objects. */
export function printGrid({ columns, rows }: Grid, format: 'table' | 'csv' | 'json', widest = WIDEST): string {
  if (format === 'json')
    return JSON.stringify(rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]]))));
  if (format === 'csv')
    return [columns, ...rows]
      .map((row) => row.map((cell) => csvCell(isInterval(cell) ? intervalText(cell) : cell)).join(','))
      .join('\n');
  const texts = [columns, ...rows].map((row) => row.map((cell) => clip(textOf(cell), widest)));
  const widths = columns.map((_, i) => Math.max(...texts.map((row) => row[i]?.length ?? 0)));
  const drawn = texts.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [drawn[0], rule, ...drawn.slice(1), counted(rows.length, 'rows')].join('\n');
}

const textOf = (cell: unknown): string => {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'string') return cell;
  return isInterval(cell) ? intervalText(cell) : JSON.stringify(cell);
};

/** How DuckDB hands out an INTERVAL. */
interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: string;
}

const isInterval = (cell: unknown): cell is Interval =>
  typeof cell === 'object' && cell !== null && Object.keys(cell).join() === 'months,days,micros';

/** `-1 month 3 days 01:02:03`, down to the second. */
function intervalText({ months, days, micros }: Interval): string {
  const seconds = Math.trunc(Math.abs(Number(micros)) / 1e6);
  const clock = [seconds / 3_600, (seconds / 60) % 60, seconds % 60].map((n) => String(Math.trunc(n)).padStart(2, '0'));
  return [
    ...(months === 0 ? [] : [counted(months, 'months')]),
    ...(days === 0 ? [] : [counted(days, 'days')]),
    `${Number(micros) < 0 ? '-' : ''}${clock.join(':')}`,
  ].join(' ');
}

/** One line of a cell, cut where it is too long. */
const clip = (text: string, widest: number): string => {
  const line = text.replace(/\s+/g, ' ');
  return line.length > widest ? `${line.slice(0, widest - 1)}…` : line;
};
