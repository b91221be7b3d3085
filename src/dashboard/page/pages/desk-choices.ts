/** What the desk's people chose in the menu, and how it ended. */
import type { Cells } from '../../api.ts';
import type { CardSpec } from '../cards/card.ts';
import { rowsChart, rowsHeight } from '../charts/bars.ts';
import { type Look, label, s } from '../charts/look.ts';
import { sankey, sankeyKey } from '../charts/sankey.ts';

/** How a group's interactions ended, for its tooltip. */
export const served = ({ t, format }: Look, row: Cells): readonly (readonly [string, string])[] => [
  ['✓', t('outOf', format.count(row['solved']), format.count(row['solved_known']))],
  ['≥ 8', t('outOf', format.count(row['good']), format.count(row['scored']))],
];

export const FUNNEL: CardSpec = {
  figure: 'desk_funnel',
  size: 'wide',
  draw: (rows, look) => {
    const node = sankeyKey(look, rows);
    return { ...(node === undefined ? {} : { node }), height: 400, option: sankey(look, rows) };
  },
};

export const SERVICES: CardSpec = {
  figure: 'desk_services',
  size: 'third',
  draw: (rows, look) => ({
    height: Math.max(rowsHeight(rows), 240),
    option: rowsChart(look, rows, {
      name: (row) => label(look, 'option', row),
      count: 'interactions',
      title: look.t('interactions'),
      more: (row) => [['%', look.format.share(row['share'])], ...served(look, row)],
    }),
  }),
};

export const PATHS: CardSpec = {
  figure: 'desk_paths',
  size: 'full',
  draw: (rows, look) => ({
    height: rowsHeight(rows),
    option: rowsChart(look, rows, {
      name: (row) => s(row, 'path'),
      count: 'interactions',
      title: look.t('interactions'),
      more: (row) => [['%', look.format.share(row['share'])], ...served(look, row)],
    }),
  }),
};
