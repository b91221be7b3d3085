import type { PartChoice } from './types.ts';

const HEADINGS = ['part', 'chosen', 'version', 'origin and licence', 'address', 'why'];

/** An aligned text table, one row per part: part, chosen, version, origin and licence, address, why. */
export function partsTable(choices: readonly PartChoice[]): string {
  const rows = choices.map((c) => [
    c.part,
    c.chosen,
    c.version,
    c.licence ? `${c.origin}, ${c.licence}` : c.origin,
    c.address,
    c.why,
  ]);
  const all = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
