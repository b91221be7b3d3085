/** Rows and columns for a terminal, a spreadsheet or a program. */

export interface Grid {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** A column is not drawn wider than this. */
const WIDEST = 60;

/** The grid as aligned text, CSV (RFC 4180) or a JSON array of objects. */
export function printGrid({ columns, rows }: Grid, format: 'table' | 'csv' | 'json'): string {
  if (format === 'json')
    return JSON.stringify(rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]]))));
  if (format === 'csv') return [columns, ...rows].map((row) => row.map(csvCell).join(',')).join('\n');
  const texts = [columns, ...rows].map((row) => row.map((cell) => clip(textOf(cell))));
  const widths = columns.map((_, i) => Math.max(...texts.map((row) => row[i]?.length ?? 0)));
  const drawn = texts.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [drawn[0], rule, ...drawn.slice(1), `${rows.length} row${rows.length === 1 ? '' : 's'}`].join('\n');
}

const textOf = (cell: unknown): string =>
  cell === null || cell === undefined ? '' : typeof cell === 'string' ? cell : JSON.stringify(cell);

/** One line of a cell, cut where it is too long. */
const clip = (text: string): string => {
  const line = text.replace(/\s+/g, ' ');
  return line.length > WIDEST ? `${line.slice(0, WIDEST - 1)}…` : line;
};

const csvCell = (cell: unknown): string => {
  const text = textOf(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
