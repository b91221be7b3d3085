/** What one row holds at most, so that no message makes a row that tables, documents or pages cannot take. */
import type { Cell, Issue, IssueCode } from '../sources/contract.ts';

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
  const isMore = ruled.issues.length > MAX_ISSUES;
  // Of nearly all rows there is nothing to cut.
  if (!isMore && allFit(ruled.cells)) return ruled;
  const issues = ruled.issues.slice(0, MAX_ISSUES);
  const cells: Record<string, Cell> = {};
  for (const [name, cell] of Object.entries(ruled.cells)) {
    const [kept, code] = boundedCell(cell);
    cells[name] = kept;
    if (code !== undefined && issues.length < MAX_ISSUES) issues.push({ field: name, code });
  }
  if (isMore) issues.push({ field: '', code: 'more_issues' });
  return { ...ruled, cells, issues };
}

/** Name by name: this is done for every line there ever is, and a list of the cells costs more than looking at them. */
function allFit(cells: Bounds['cells']): boolean {
  for (const name in cells) if (!fits(cells[name] ?? null)) return false;
  return true;
}

function fits(cell: Cell): boolean {
  if (typeof cell === 'string') return cell.length <= MAX_TEXT_LENGTH;
  return !Array.isArray(cell) || hasFewShort(cell as readonly string[]);
}

const hasFewShort = (items: readonly string[]): boolean =>
  items.length <= MAX_ITEMS && items.every((item) => item.length <= MAX_ITEM_LENGTH);

/** What a row keeps of a cell, and what has to be said of it. */
function boundedCell(cell: Cell): readonly [Cell, IssueCode?] {
  if (fits(cell)) return [cell];
  if (typeof cell === 'string') return [beginning(cell, MAX_TEXT_LENGTH), 'too_long'];
  const items = cell as readonly string[];
  const kept = items.slice(0, MAX_ITEMS).map((item) => beginning(item, MAX_ITEM_LENGTH));
  return [kept, items.length > MAX_ITEMS ? 'too_many_items' : 'too_long'];
}

/** The beginning of a text, without half a UTF-16 pair at its end. */
function beginning(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
