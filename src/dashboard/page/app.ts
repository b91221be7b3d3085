/** What pages and cards may ask of the whole. */
import type { FigureAnswer, FigureDefinition, State } from '../api.ts';
import type { Palette } from './charts/palette.ts';
import type { Preset, Range } from './lib/days.ts';
import type { Format } from './lib/format.ts';
import type { View } from './lib/view.ts';
import type { Translate } from './lib/words.ts';

export interface App {
  readonly t: Translate;
  view(): View;
  state(): State;
  definition(id: string): FigureDefinition | undefined;
  format(): Format;
  palette(): Palette;
  /** The days that are shown; null: the lake holds none yet. */
  range(): Range | null;
  /** Shows something else, and says so in the address. A preset follows the data as they come. */
  go(change: Partial<View>, preset?: Preset | null): void;
  /** Shows the last days with data of the page's source. */
  goToData(): void;
  /** Tells of an answer, whose versions the page states. */
  answered(answer: Pick<FigureAnswer, 'versions'>): void;
  /** What an error is in words: what happened, and what to do. Opens the login where one is needed. */
  explainError(error: unknown): readonly [sentence: string, advice: string];
}

/** Why something is to be brought up to date: another view, newer data, other colours, or the server is back. */
export type Why = 'view' | 'state' | 'look' | 'back';

export interface Part {
  readonly element: HTMLElement;
  update(why: Why): void;
  dispose(): void;
}
