/** CSV for spreadsheets (RFC 4180): no cell is taken for a formula. */

/** A spreadsheet runs what begins so; a number is none. */
const FORMULA = /^[=+\-@\t\r]/;

/** Rows as CSV with a first line of titles; cells that a spreadsheet would run begin with an apostrophe. */
export function csvOf(titles: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return [titles, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
