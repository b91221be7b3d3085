/** Headline numbers: one large, what it is made of beneath. */
import { h } from '../lib/dom.ts';

export interface Tile {
  readonly name: string;
  readonly value: string;
  readonly notes: readonly string[];
  /** A share from 0 to 1, drawn as a bar. */
  readonly share?: number | null;
}

/** Tiles in a row, as a list of terms for who listens. */
export function tiles(items: readonly Tile[]): HTMLElement {
  return h(
    'dl',
    { class: 'tiles' },
    ...items.map(({ name, value, notes, share }) =>
      h(
        'div',
        { class: 'tile' },
        h('dt', {}, name),
        h('dd', { class: 'tile-value' }, value),
        share !== undefined && h('dd', { class: 'tile-bar', 'aria-hidden': 'true' }, meter(share)),
        ...notes.map((text) => h('dd', { class: 'tile-note' }, text)),
      ),
    ),
  );
}

function meter(share: number | null): HTMLElement {
  const bar = h('span');
  bar.style.width = `${Math.round(Math.max(0, Math.min(1, share ?? 0)) * 1000) / 10}%`;
  return bar;
}
