/** One rule of the desk's contract, as a function. */
import type { RuleContext } from '../../src/domain/sources/contract.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import type { Json } from '../../src/domain/json.ts';

const context: RuleContext = { pseudonym: (purpose, id) => `k1:${purpose}:${id}` };

/** What the desk's contract makes of one field: cells by column, issues as texts. */
export function ruled(
  path: string,
  value: Json | undefined,
): { cells: Record<string, unknown>; issues: string[]; reject: unknown } {
  const field = DESK.rules.fields.find((candidate) => candidate.path === path)!;
  const { cells, issues, reject } = field.apply(value, context);
  return {
    cells: Object.fromEntries(field.columns.map((column, i) => [column.name, cells[i]])),
    issues: issues.map(({ code }) => code),
    reject,
  };
}
