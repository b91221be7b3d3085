/** What a report to file shows of each source, in its order: one page of paper each. */
import type { Figure } from '../domain/kpi/figures/figure.ts';
import { FIGURES } from '../domain/kpi/figures/index.ts';
import type { SourceName } from '../domain/sources/titles.ts';

/** How a figure is drawn. */
export type Drawing =
  /** Large numbers: of a row per measure, or of the only row a column each. */
  | { readonly kind: 'tiles'; readonly columns?: readonly string[] }
  /** Bars over days, one colour per value of `series`; without it one colour. */
  | { readonly kind: 'days'; readonly count: string; readonly series?: string }
  /** A lying bar per row, or an upright one. */
  | { readonly kind: 'bars' | 'columns'; readonly name: string; readonly count: string }
  /** Some columns of its first rows. */
  | { readonly kind: 'table'; readonly columns: readonly string[] }
  /** Shares with their counts: a line per value of one column, a column per value of another. */
  | { readonly kind: 'pivot'; readonly line: string; readonly column: string }
  /** The sums of columns. */
  | { readonly kind: 'sums'; readonly columns: readonly string[] };

/** Of the paper's width: all of it, a half, a third. */
export type Width = 'wide' | 'half' | 'third';

export interface Section {
  readonly figure: Figure;
  readonly drawing: Drawing;
  readonly width: Width;
}

type Plan = readonly (readonly [id: string, drawing: Drawing, width: Width])[];

/** What came in of any source, and what could not be read. */
const RECEIVED: Plan = [
  ['lake_quarantine', { kind: 'table', columns: ['reason', 'field', 'quarantined', 'share'] }, 'half'],
  ['lake_outcome', { kind: 'sums', columns: ['received', 'enriched', 'duplicates', 'quarantined'] }, 'half'],
];

const PLANS: Readonly<Record<string, Plan>> = {
  desk: [
    ['desk_measures', { kind: 'tiles' }, 'wide'],
    ['desk_volume', { kind: 'days', count: 'interactions', series: 'channel' }, 'wide'],
    ['desk_channels', { kind: 'bars', name: 'channel', count: 'interactions' }, 'third'],
    ['desk_services', { kind: 'bars', name: 'option', count: 'interactions' }, 'third'],
    ['desk_scores', { kind: 'columns', name: 'score', count: 'interactions' }, 'third'],
    ['desk_people', { kind: 'tiles', columns: ['people', 'new', 'returning'] }, 'third'],
    ['desk_recontact', { kind: 'table', columns: ['hours', 'numerator', 'denominator', 'value'] }, 'third'],
    ['desk_containment', { kind: 'tiles', columns: ['value'] }, 'third'],
    ['desk_symptoms', { kind: 'pivot', line: 'week', column: 'question' }, 'half'],
    ['desk_positivity', { kind: 'table', columns: ['category', 'positive', 'tested', 'value', 'low', 'high'] }, 'half'],
    ['desk_issues', { kind: 'table', columns: ['field', 'code', 'interactions', 'share'] }, 'half'],
  ],
  telegram: [
    ['telegram_people', { kind: 'tiles', columns: ['messages', 'people', 'new', 'returning'] }, 'wide'],
    ['telegram_volume', { kind: 'days', count: 'messages', series: 'direction' }, 'wide'],
    ['telegram_waits', { kind: 'bars', name: 'bucket', count: 'conversations' }, 'third'],
    ['telegram_length_ranges', { kind: 'bars', name: 'bucket', count: 'messages' }, 'third'],
    ['telegram_words', { kind: 'bars', name: 'term', count: 'uses' }, 'third'],
    ['telegram_first_response', { kind: 'tiles', columns: ['value', 'p50_seconds', 'p90_seconds'] }, 'half'],
    ['telegram_conversations', { kind: 'tiles', columns: ['conversations', 'mean', 'p50_seconds'] }, 'half'],
    ['telegram_concentration', { kind: 'tiles', columns: ['value'] }, 'half'],
    ['telegram_members', { kind: 'sums', columns: ['joins', 'leaves', 'net', 'blocks'] }, 'half'],
  ],
} satisfies Readonly<Record<SourceName, Plan>>;

/** The sections of a source; what came in of any, and what could not be read, stands at its end. */
export const sectionsOf = (source: string): readonly Section[] =>
  [...(PLANS[source] ?? []), ...RECEIVED].flatMap(([id, drawing, width]) => {
    const figure = FIGURES.get(id);
    return figure === undefined ? [] : [{ figure, drawing, width }];
  });
