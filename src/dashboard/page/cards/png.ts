/** A picture to paste: its title above, the days and versions it stands for below. */
import type { FigureAnswer, FigureDefinition } from '../../api.ts';
import type { App } from '../app.ts';
import type { Chart } from '../charts/echarts.ts';
import type { Palette } from '../charts/palette.ts';
import { save } from '../lib/dom.ts';

export const PNG_SCALE = 2;
const MARGIN = 16;
const HEAD = 40;
const FOOT = 28;
export const PNG_FONT = 'system-ui, sans-serif';

interface Caption {
  readonly title: string;
  readonly foot: string;
  readonly name: string;
}

/** Saves a picture, drawn at PNG_SCALE, with its caption. */
export function savePng(
  picture: HTMLImageElement | HTMLCanvasElement,
  palette: Palette,
  { title, foot, name }: Caption,
): void {
  const canvas = document.createElement('canvas');
  canvas.width = picture.width + 2 * MARGIN * PNG_SCALE;
  canvas.height = picture.height + (HEAD + FOOT + MARGIN) * PNG_SCALE;
  const pen = canvas.getContext('2d');
  if (pen === null) return;
  pen.fillStyle = palette.card;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, MARGIN * PNG_SCALE, HEAD * PNG_SCALE);
  pen.textBaseline = 'middle';
  pen.fillStyle = palette.ink;
  pen.font = `600 ${16 * PNG_SCALE}px ${PNG_FONT}`;
  pen.fillText(title, MARGIN * PNG_SCALE, (HEAD / 2) * PNG_SCALE);
  pen.fillStyle = palette.muted;
  pen.font = `${11 * PNG_SCALE}px ${PNG_FONT}`;
  pen.fillText(foot, MARGIN * PNG_SCALE, canvas.height - (FOOT / 2) * PNG_SCALE);
  save(canvas.toDataURL('image/png'), `${name}.png`);
}

/** Saves a figure's chart as PNG. */
export function saveFigure(app: App, chart: Chart, { id, title }: FigureDefinition, answer: FigureAnswer): void {
  const { from, to, versions, channel, source } = answer;
  const { t } = app;
  const { day } = app.format();
  const held = Object.entries(versions).map(([source, version]) => `${source} ${version}`);
  const foot = [t('rangeOf', day(from), day(to)), channel ?? source ?? '', t('asOf', held.join(', ')), 'chatlake'];
  const palette = app.palette();
  const picture = new Image();
  picture.src = chart.getDataURL({ type: 'png', pixelRatio: PNG_SCALE, backgroundColor: palette.card });
  const caption = {
    title: title[app.view().lang],
    foot: foot.filter((part) => part !== '').join(' · '),
    name: `${id}-${from}-${to}`,
  };
  void picture.decode().then(() => savePng(picture, palette, caption));
}
