/** The calendar as a picture to paste: what the page shows, drawn anew, for its cells are buttons and no chart. */
import type { WindowOfPages, WindowState } from '../../api.ts';
import type { App } from '../app.ts';
import { PNG_FONT, PNG_SCALE, savePng } from '../cards/png.ts';
import { h } from '../lib/dom.ts';
import { labelOf } from '../lib/labels.ts';

const CELL = 24;
const LEFT = 72;
const WIDTH = LEFT + 24 * CELL;

/** What the calendar is drawn of. */
export interface CalendarPicture {
  readonly windows: readonly WindowOfPages[];
  readonly signs: Readonly<Record<WindowState, string>>;
  /** The days of a source's hours, in the order of the rows. */
  readonly daysOf: (windows: readonly WindowOfPages[]) => readonly string[];
}

/** Saves the calendars of all sources, one below the other, with what the colours mean. */
export function saveCalendar(app: App, { windows, signs, daysOf }: CalendarPicture): void {
  const { t } = app;
  const { day, shortDay } = app.format();
  const palette = app.palette();
  const look = lookOf(Object.keys(signs) as WindowState[]);
  if (windows.length === 0) return;
  const sources = [...new Set(windows.map(({ source }) => source))].sort();
  const blocks = sources.map((source) => windows.filter((window) => window.source === source));
  const rows = blocks.reduce((sum, block) => sum + 2 + daysOf(block).length, 1);
  const canvas = h('canvas', { width: WIDTH * PNG_SCALE, height: rows * CELL * PNG_SCALE });
  const pen = canvas.getContext('2d');
  if (pen === null) return;
  pen.scale(PNG_SCALE, PNG_SCALE);
  pen.textBaseline = 'middle';
  const write = (text: string, x: number, row: number, ink: string): void => {
    pen.fillStyle = ink;
    pen.fillText(text, x, (row + 0.5) * CELL);
  };
  const box = (fill: string, x: number, row: number): void => {
    pen.fillStyle = fill;
    pen.fillRect(x + 1, row * CELL + 1, CELL - 2, CELL - 2);
  };
  const cell = (state: WindowState, x: number, row: number): void => {
    const [fill, ink] = look.get(state) ?? [palette.line, palette.ink];
    box(fill, x, row);
    pen.textAlign = 'center';
    write(signs[state], x + CELL / 2, row, ink);
  };
  pen.font = `11px ${PNG_FONT}`;
  let row = 0;
  for (const block of blocks) {
    pen.textAlign = 'left';
    write(labelOf(app.view().lang, 'source', block[0]?.source ?? ''), 0, row, palette.ink);
    pen.textAlign = 'center';
    for (let hour = 0; hour < 24; hour += 1) write(String(hour), LEFT + (hour + 0.5) * CELL, row + 1, palette.muted);
    const days = daysOf(block);
    for (const [i, date] of days.entries()) {
      pen.textAlign = 'right';
      write(shortDay(date), LEFT - 8, row + 2 + i, palette.muted);
      for (let hour = 0; hour < 24; hour += 1) box(palette.line, LEFT + hour * CELL, row + 2 + i);
    }
    for (const { window, state } of block)
      cell(state, LEFT + Number(window.slice(11, 13)) * CELL, row + 2 + days.indexOf(window.slice(0, 10)));
    row += 2 + days.length;
  }
  let x = 0;
  for (const state of look.keys()) {
    cell(state, x, row);
    pen.textAlign = 'left';
    write(t(`state${state}`), x + CELL + 6, row, palette.ink);
    x += WIDTH / look.size;
  }
  const all = windows.map(({ window }) => window.slice(0, 10)).sort();
  savePng(canvas, palette, {
    title: t('windows'),
    foot: [t('rangeOf', day(all[0] ?? ''), day(all.at(-1) ?? '')), 'UTC', 'chatlake'].join(' · '),
    name: 'windows',
  });
}

/** Colours of the states as the page's style has them. */
function lookOf(states: readonly WindowState[]): ReadonlyMap<WindowState, readonly [fill: string, ink: string]> {
  return new Map(
    states.map((state) => {
      const badge = h('span', { class: `badge badge-${state}` });
      document.body.append(badge);
      const { backgroundColor, color } = getComputedStyle(badge);
      badge.remove();
      return [state, [backgroundColor, color]];
    }),
  );
}
