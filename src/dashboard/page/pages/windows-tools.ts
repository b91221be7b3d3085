/** The calendar's numbers: as a table, as CSV, as a picture, and how they are counted. */
import type { WindowOfPages } from '../../api.ts';
import type { App } from '../app.ts';
import { plainTable } from '../cards/table.ts';
import { DOWN, PICTURE, TABLE } from '../cards/tools.ts';
import { h, icon, save } from '../lib/dom.ts';
import { labelOf } from '../lib/labels.ts';
import type { WordKey } from '../lib/words.ts';

const COLUMNS = ['source', 'window', 'state', 'received', 'enriched', 'duplicates', 'quarantined'] as const;
const TITLES: readonly WordKey[] = ['source', 'hour', 'state', 'received', 'used', 'duplicates', 'unread'];

/** An hour's cells, in the order of the columns; counts as they are. */
const cellsOf = (app: App, window: WindowOfPages): readonly (string | number)[] => [
  labelOf(app.view().lang, 'source', window.source),
  `${window.window.replace('T', ' ')}:00 UTC`,
  app.t(`state${window.state}`),
  ...COLUMNS.slice(3).map((column) => window[column]),
];

/** The hours as rows, the newest first. */
export function windowsTable(app: App, windows: readonly WindowOfPages[]): HTMLElement {
  const { count } = app.format();
  const newestFirst = [...windows].sort((a, b) => (a.window < b.window ? 1 : -1));
  const rows = newestFirst.map((window) =>
    cellsOf(app, window).map((cell) => (typeof cell === 'number' ? count(cell) : cell)),
  );
  return plainTable(
    app.t('windows'),
    TITLES.map((title) => app.t(title)),
    rows,
  );
}

/** No cell holds a quotation mark or begins a formula: sources and states are words of ours, the rest are times and counts. */
const csvOf = (app: App, windows: readonly WindowOfPages[]): string =>
  [COLUMNS, ...windows.map((window) => cellsOf(app, window))].map((row) => `${row.join(',')}\r\n`).join('');

/** What a card of figures offers, for the calendar. `shown`: the hours that are shown. */
export function windowTools(
  app: App,
  {
    onTable,
    onPng,
    shown,
  }: { readonly onTable: () => boolean; readonly onPng: () => void; readonly shown: () => readonly WindowOfPages[] },
): readonly HTMLElement[] {
  const { t } = app;
  const name = t('windows');
  const table: HTMLElement = h(
    'button',
    {
      type: 'button',
      class: 'tool',
      'aria-pressed': 'false',
      'aria-label': t('tableOf', name),
      onclick: () => table.setAttribute('aria-pressed', String(onTable())),
    },
    icon(TABLE),
    t('table'),
  );
  const download = (): void =>
    save(`data:text/csv;charset=utf-8,${encodeURIComponent(csvOf(app, shown()))}`, 'windows.csv');
  return [
    table,
    h(
      'button',
      { type: 'button', class: 'tool', 'aria-label': t('csvOf', name), onclick: download },
      icon(DOWN),
      'CSV',
    ),
    h(
      'button',
      { type: 'button', class: 'tool', 'aria-label': t('pngOf', name), onclick: onPng },
      icon(PICTURE),
      'PNG',
    ),
  ];
}

/** How the calendar is counted. */
export function windowsCounted(app: App): HTMLElement {
  const { t } = app;
  const facts: readonly (readonly [WordKey, string])[] = [
    ['definition', t('windowsDefinition')],
    // The same equation, of each hour.
    ['formula', app.definition('lake_outcome')?.formula[app.view().lang] ?? ''],
    ['dayRule', t('dayreceipt')],
  ];
  return h(
    'details',
    { class: 'counted' },
    h('summary', {}, t('counted'), h('span', { class: 'sr' }, `: ${t('windows')}`)),
    h('dl', {}, ...facts.flatMap(([key, value]) => [h('dt', {}, t(key)), h('dd', {}, value)])),
  );
}
