/** A page of sections with cards. */
import type { App, Part, Why } from '../app.ts';
import { type CardSpec, createCard } from '../cards/card.ts';
import { h, newId } from '../lib/dom.ts';
import type { WordKey } from '../lib/words.ts';

export interface Section {
  readonly title: WordKey;
  readonly parts: readonly (CardSpec | ((app: App) => Part))[];
}

/** The sections under each other, their cards in a grid. */
export function figurePage(app: App, sections: readonly Section[]): Part {
  const parts: Part[] = [];
  const element = h(
    'div',
    { class: 'sections' },
    ...sections.map(({ title, parts: wanted }) => {
      const made = wanted.map((part) => (typeof part === 'function' ? part(app) : createCard(app, part)));
      parts.push(...made);
      const id = newId();
      return h(
        'section',
        { 'aria-labelledby': id, class: 'section' },
        h('h2', { id }, app.t(title)),
        h('div', { class: 'grid' }, ...made.map((part) => part.element)),
      );
    }),
  );
  return {
    element,
    update: (why: Why) => parts.forEach((part) => part.update(why)),
    dispose: () => parts.forEach((part) => part.dispose()),
  };
}
