/** What a picture of figures needs besides its rows. */
import type { Cells, Language } from '../../api.ts';
import type { Format } from '../lib/format.ts';
import { labelOf } from '../lib/labels.ts';
import type { Translate } from '../lib/words.ts';
import type { Palette } from './palette.ts';

export interface Look {
  readonly lang: Language;
  readonly t: Translate;
  readonly format: Format;
  readonly palette: Palette;
  /** Of the card, in pixels. */
  readonly width: number;
}

export const n = (row: Cells | undefined, name: string): number => Number(row?.[name] ?? 0);
export const s = (row: Cells | undefined, name: string): string => {
  const value = row?.[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
};

/** Different values of a column, in the order in which they come. */
export const distinct = (rows: readonly Cells[], name: string): readonly string[] => [
  ...new Set(rows.map((row) => s(row, name))),
];

/** A value of a column in the reader's words. */
export const label = ({ lang }: Look, name: string, row: Cells | string): string =>
  typeof row === 'string' ? labelOf(lang, name, row) : labelOf(lang, name, row[name], row);

export const sumOf = (rows: readonly Cells[], name: string): number => rows.reduce((sum, row) => sum + n(row, name), 0);
