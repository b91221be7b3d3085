/** One line per long run: what was done, with which seed, and what was found. */

/** `CHATLAKE_FAULT_SEED` repeats a run that failed, or tries another one. */
export const seedOf = (fallback: number): number => Number(process.env['CHATLAKE_FAULT_SEED'] ?? fallback);

/** Past jest's console, which would add a stack to the line. */
export function figures(what: string, found: object): void {
  const facts = Object.entries(found).map(([name, value]) => `${name} ${String(value)}`);
  process.stdout.write(`\nfaults: ${what}: ${facts.join(', ')}\n`);
}
