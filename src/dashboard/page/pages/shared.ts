/** Cards that two pages have. */
import type { CardSpec } from '../cards/card.ts';
import { n, s, sumOf } from '../charts/look.ts';
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
