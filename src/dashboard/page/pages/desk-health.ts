/** What the desk's people told of their health; small cells are hidden. */
import type { Cells } from '../../api.ts';
import type { CardSpec } from '../cards/card.ts';
import { positivity, symptoms } from '../charts/health.ts';
import type { Look } from '../charts/look.ts';
import { h } from '../lib/dom.ts';

/** What these figures are about whatever is chosen above, and how much of it is hidden. */
function healthNote({ t }: Look, rows: readonly Cells[]): HTMLElement {
  const hidden = rows.filter((row) => row['hidden'] === true);
  const some = hidden.filter((row) => row['share'] !== null && row['value'] !== null).length;
  const told = (
    [
      ['hidden', hidden.length - some],
      ['partlyHidden', some],
    ] as const
  ).filter(([, n]) => n > 0);
  return h('p', { class: 'about' }, t('wholeWeeks'), ...told.map(([word, n]) => ` ${n} × ${t(word)}.`));
}

export const SYMPTOMS: CardSpec = {
  figure: 'desk_symptoms',
  size: 'half',
  draw: (rows, look) => ({ node: healthNote(look, rows), height: 300, option: symptoms(look, rows) }),
};

export const POSITIVITY: CardSpec = {
  figure: 'desk_positivity',
  size: 'half',
  draw: (rows, look) => ({
    node: healthNote(look, rows),
    height: Math.max(240, rows.length * 36 + 40),
    option: positivity(look, rows),
  }),
};
