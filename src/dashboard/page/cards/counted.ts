/** "How is this counted": a figure's definition, as the documentation has it. */
import type { FigureDefinition } from '../../api.ts';
import type { App } from '../app.ts';
import { h } from '../lib/dom.ts';

/** The definition, closed until somebody asks; on paper, where nobody can, its sentence. */
export function countedDetails(app: App, figure: FigureDefinition): readonly HTMLElement[] {
  const { t } = app;
  const { lang } = app.view();
  const days = [t(`day${figure.days}`)];
  if (figure.smallCells === 'health') days.push(t('wholeWeeks'));
  const facts: readonly (readonly [string, string | undefined])[] = [
    [t('definition'), figure.definition[lang]],
    [t('formula'), figure.formula[lang]],
    [t('numerator'), figure.numerator[lang]],
    [t('denominator'), figure.denominator?.[lang]],
    [t('missing'), figure.missing?.[lang]],
    [t('smallCells'), t(`small${figure.smallCells}`)],
    [t('dayRule'), days.join(' ')],
  ];
  const details = h(
    'details',
    { class: 'counted' },
    h('summary', {}, t('counted'), h('span', { class: 'sr' }, `: ${figure.title[lang]}`)),
    h(
      'dl',
      {},
      ...facts.flatMap(([name, value]) => (value === undefined ? [] : [h('dt', {}, name), h('dd', {}, value)])),
    ),
  );
  return [details, h('p', { class: 'about on-paper' }, figure.definition[lang])];
}
