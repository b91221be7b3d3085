/** A figure's numbers as a table. */
import type { Cells, FigureColumn } from '../../api.ts';
import type { Look } from '../charts/look.ts';
import { h } from '../lib/dom.ts';

const TEXTS = new Set(['word', 'text', 'day', 'time', 'flag']);

/** The rows under their columns' titles; wide ones scroll in themselves, and a keyboard reaches that. */
export function figureTable(
  look: Look,
  title: string,
  columns: readonly FigureColumn[],
  rows: readonly Cells[],
): HTMLElement {
  const { lang, format } = look;
  const side = (column: FigureColumn): string => (TEXTS.has(column.kind) ? 'text' : 'num');
  return h(
    'div',
    { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': look.t('tableOf', title) },
    h(
      'table',
      {},
      h('caption', { class: 'sr' }, title),
      h(
        'thead',
        {},
        h('tr', {}, ...columns.map((column) => h('th', { scope: 'col', class: side(column) }, column.title[lang]))),
      ),
      h(
        'tbody',
        {},
        ...rows.map((row) =>
          h('tr', {}, ...columns.map((column) => h('td', { class: side(column) }, format.cell(column, row)))),
        ),
      ),
    ),
  );
}

/** A small table of other things than figures. */
export function plainTable(
  label: string,
  titles: readonly string[],
  rows: readonly (readonly (Node | string)[])[],
): HTMLElement {
  return h(
    'div',
    { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': label },
    h(
      'table',
      {},
      h('caption', { class: 'sr' }, label),
      h('thead', {}, h('tr', {}, ...titles.map((title) => h('th', { scope: 'col' }, title)))),
      h('tbody', {}, ...rows.map((row) => h('tr', {}, ...row.map((cell) => h('td', {}, cell))))),
    ),
  );
}
