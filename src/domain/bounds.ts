/** What one row holds at most, so that no message makes a row that tables, documents or pages cannot take. */
import type { Cell, Issue, IssueCode } from './contracts/contract.ts';

const MAX_ITEMS = 100;
export const MAX_ISSUES = 100;
const MAX_TEXT_LENGTH = 65_536;
const MAX_ITEM_LENGTH = 1_024;

interface Bounds {
  readonly cells: Readonly<Record<string, Cell>>;
  readonly issues: readonly Issue[];
}

/** A row with lists and texts cut to what it holds; what was cut is told by an issue of that field. */
export function bounded<R extends Bounds>(ruled: R): R {
  const issues = ruled.issues.slice(0, MAX_ISSUES);
  const cells: Record<string, Cell> = {};
  for (const [name, cell] of Object.entries(ruled.cells)) {
    const [kept, code] = boundedCell(cell);
    cells[name] = kept;
    if (code !== undefined && issues.length < MAX_ISSUES) issues.push({ field: name, code, original: null });
  }
  if (ruled.issues.length > MAX_ISSUES) issues.push({ field: '', code: 'more_issues', original: null });
  return { ...ruled, cells, issues };
}

/** What a row keeps of a cell, and what has to be said of it. */
function boundedCell(cell: Cell): readonly [Cell, IssueCode?] {
  if (typeof cell === 'string')
    return cell.length <= MAX_TEXT_LENGTH ? [cell] : [cut(cell, MAX_TEXT_LENGTH), 'too_long'];
  if (!Array.isArray(cell)) return [cell];
  const items = cell as readonly string[];
  if (items.length <= MAX_ITEMS && items.every((item) => item.length <= MAX_ITEM_LENGTH)) return [cell];
  const kept = items.slice(0, MAX_ITEMS).map((item) => cut(item, MAX_ITEM_LENGTH));
  return [kept, items.length > MAX_ITEMS ? 'too_many_items' : 'too_long'];
}

/** The beginning of a text, without half a UTF-16 pair at its end. */
function cut(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
