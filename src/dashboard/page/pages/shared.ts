/** Cards that two pages have. */
import type { CardSpec } from '../cards/card.ts';
import { rowsChart, rowsHeight } from '../charts/bars.ts';
import { label, n, s, sumOf } from '../charts/look.ts';
import { daysIn, stackedBars } from '../charts/time.ts';

/** People of each point, those who are new apart. */
export const peopleOverTime = (figure: string): CardSpec => ({
  figure,
  size: 'half',
  draw: (rows, look) => {
    const known = new Map(rows.map((row) => [s(row, 'day'), n(row, 'people') - n(row, 'new')]));
    const fresh = new Map(rows.map((row) => [s(row, 'day'), n(row, 'new')]));
    const [first = '', , third = ''] = look.palette.series;
    return {
      height: 260,
      summary: `${look.t('newPeople')}: ${look.format.count(sumOf(rows, 'new'))}.`,
      option: stackedBars(look, daysIn(rows), [
        { name: look.t('returningPeople'), colour: first, values: known },
        { name: look.t('newPeople'), colour: third, values: fresh },
      ]),
    };
  },
});

/** What could not be read, by reason and field. */
export const unreadMessages = (size: CardSpec['size']): CardSpec => ({
  figure: 'lake_quarantine',
  size,
  draw: (rows, look) => ({
    height: rowsHeight(rows),
    option: rowsChart(look, rows, {
      name: (row) =>
        `${label(look, 'reason', row)}${s(row, 'field') === '' ? '' : `: ${s(row, 'field')}`} · ${label(look, 'source', row)}`,
      count: 'quarantined',
      title: look.t('unread'),
      colour: () => look.palette.bad,
      more: (row) => [
        ['%', look.format.share(row['share'])],
        [look.t('at'), look.format.time(row['last_at'])],
      ],
    }),
  }),
});
