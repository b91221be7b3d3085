/** What a figure's card offers besides its picture: its numbers as a table, as CSV, and the picture as PNG. */
import type { FigureDefinition } from '../../api.ts';
import type { App } from '../app.ts';
import { h, icon } from '../lib/dom.ts';

export const TABLE = 'M2 3h12v10H2zM2 6.5h12M2 9.8h12M6.5 6.5V13';
export const DOWN = 'M8 2v8M4.5 7 8 10.5 11.5 7M3 13.5h10';
export const PICTURE = 'M2 3h12v10H2zM2 11l3.5-4 3 3L11 7.5l3 3.5';

export interface Tools {
  readonly table: HTMLButtonElement;
  readonly csv: HTMLAnchorElement;
  /** Hidden while there is no chart. */
  readonly png: HTMLButtonElement;
}

/** The three, each named after the figure for who hears them out of their place. */
export function createTools(
  app: App,
  { id, title }: FigureDefinition,
  { onTable, onPng }: Readonly<Record<'onTable' | 'onPng', () => void>>,
): Tools {
  const { t } = app;
  const name = title[app.view().lang];
  const button = { type: 'button', class: 'tool' };
  return {
    table: h(
      'button',
      { ...button, 'aria-pressed': 'false', 'aria-label': t('tableOf', name), onclick: onTable },
      icon(TABLE),
      t('table'),
    ),
    csv: h('a', { class: 'tool', href: '#', download: `${id}.csv`, 'aria-label': t('csvOf', name) }, icon(DOWN), 'CSV'),
    png: h('button', { ...button, 'aria-label': t('pngOf', name), hidden: true, onclick: onPng }, icon(PICTURE), 'PNG'),
  };
}
