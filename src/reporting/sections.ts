/** What a report to file shows of each source, in its order: some two pages of paper each. */
import type { Figure } from '../domain/kpi/figures/figure.ts';
import { FIGURES } from '../domain/kpi/figures/index.ts';

/** How a figure is drawn; beside it stands a table of its first rows. */
export type Drawing =
  /** Large numbers: of a row per measure, or of a row with a column per number. */
  | { readonly kind: 'tiles'; readonly columns?: readonly string[] }
  /** Bars over days, one colour per value of `series`; without it one colour. */
  | { readonly kind: 'days'; readonly count: string; readonly series?: string }
  /** A bar per row. */
  | { readonly kind: 'bars'; readonly name: string; readonly count: string }
  | { readonly kind: 'table' };

export interface Section {
  readonly figure: Figure;
  readonly drawing: Drawing;
  /** Over both columns of the paper. */
  readonly wide: boolean;
}

type Plan = readonly (readonly [id: string, drawing: Drawing, wide?: boolean])[];

const TABLE: Drawing = { kind: 'table' };

const PLANS: Readonly<Record<string, Plan>> = {
  desk: [
    ['desk_measures', { kind: 'tiles' }, true],
    ['desk_volume', { kind: 'days', count: 'interactions', series: 'channel' }, true],
    ['desk_channels', { kind: 'bars', name: 'channel', count: 'interactions' }],
    ['desk_services', { kind: 'bars', name: 'option', count: 'interactions' }],
    ['desk_people', { kind: 'tiles', columns: ['people', 'new', 'returning'] }],
    ['desk_scores', { kind: 'bars', name: 'score', count: 'interactions' }],
    ['desk_recontact', TABLE],
    ['desk_containment', TABLE],
    ['desk_symptoms', TABLE],
    ['desk_positivity', TABLE],
    ['desk_issues', TABLE, true],
  ],
  telegram: [
    ['telegram_people', { kind: 'tiles', columns: ['messages', 'people', 'new', 'returning'] }, true],
    ['telegram_volume', { kind: 'days', count: 'messages', series: 'direction' }, true],
    ['telegram_waits', { kind: 'bars', name: 'bucket', count: 'conversations' }],
    ['telegram_length_ranges', { kind: 'bars', name: 'bucket', count: 'messages' }],
    ['telegram_words', { kind: 'bars', name: 'term', count: 'uses' }],
    ['telegram_first_response', TABLE],
    ['telegram_conversations', TABLE],
    ['telegram_concentration', TABLE],
    ['telegram_members', TABLE, true],
  ],
};

export const REPORTED = Object.keys(PLANS);

/** The sections of a source. */
export const sectionsOf = (source: string): readonly Section[] =>
  (PLANS[source] ?? []).flatMap(([id, drawing, wide = false]) => {
    const figure = FIGURES.get(id);
    return figure === undefined ? [] : [{ figure, drawing, wide }];
  });
