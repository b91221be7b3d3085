/** The frame of every card: a heading, its tools, a body that is loading, empty, in error or shown. */
import type { FigureDefinition } from '../../api.ts';
import type { App } from '../app.ts';
import { type Child, fill, h, newId } from '../lib/dom.ts';
import { daysWithData } from '../lib/view.ts';

export type Size = 'full' | 'wide' | 'half' | 'third' | 'tall';

export interface Frame {
  readonly element: HTMLElement;
  readonly body: HTMLElement;
  /** Below the body. */
  readonly foot: HTMLElement;
  readonly titleId: string;
}

/** An empty card; its body shows a skeleton. */
export function createFrame(title: string, size: Size, tools: readonly Child[] = [], about?: string): Frame {
  const titleId = newId();
  const body = h('div', { class: 'card-body' }, skeleton());
  const foot = h('div', { class: 'card-foot' });
  const element = h(
    'section',
    { class: `card size-${size}`, 'aria-labelledby': titleId },
    h(
      'header',
      { class: 'card-head' },
      h('h3', { id: titleId }, title),
      tools.length > 0 && h('div', { class: 'tools' }, ...tools),
    ),
    about !== undefined && h('p', { class: 'about' }, about),
    body,
    foot,
  );
  return { element, body, foot, titleId };
}

/** What is seen until the first answer. */
export const skeleton = (): HTMLElement =>
  h('div', { class: 'skeleton', 'aria-hidden': 'true' }, h('span'), h('span'), h('span'));

/** Nothing to see, why, and what to do about it. */
export function showEmpty(
  body: HTMLElement,
  app: App,
  { source, smallCells }: Pick<FigureDefinition, 'source' | 'smallCells'>,
): void {
  const days = source === 'lake' ? daysWithData(app.state(), app.view()) : app.state().days[source];
  const range = app.range();
  if (days === null || days === undefined || range === null) {
    fill(body, note(app.t('emptyLake')));
    return;
  }
  const { format, t } = { format: app.format(), t: app.t };
  const isOutside = range.to < days.from || range.from > days.to;
  if (!isOutside) {
    fill(body, note(t(smallCells === 'people' ? 'emptyPeople' : 'empty')));
    return;
  }
  fill(
    body,
    note(
      t('emptyRange', format.day(days.from), format.day(days.to)),
      h('button', { type: 'button', class: 'button', onclick: () => app.goToData() }, t('goToData')),
    ),
  );
}

/** What went wrong, and what to do about it. */
export function showError(body: HTMLElement, app: App, error: unknown, again: () => void): void {
  const [sentence, advice] = app.explainError(error);
  fill(
    body,
    h(
      'div',
      { class: 'note note-error', role: 'status' },
      h('p', {}, h('strong', {}, sentence)),
      h('p', {}, advice),
      h('button', { type: 'button', class: 'button', onclick: again }, app.t('again')),
    ),
  );
}

/** A calm sentence in the middle of a card. */
export const note = (sentence: string, ...more: readonly Child[]): HTMLElement =>
  h('div', { class: 'note' }, h('p', {}, sentence), ...more);
