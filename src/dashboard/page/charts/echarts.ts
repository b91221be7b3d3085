/** ECharts with no more than what is drawn here, and what all pictures share. */
import { BarChart, CustomChart, HeatmapChart, LineChart, SankeyChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from 'echarts/components';
import { type ECharts, type EChartsCoreOption, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { type Child, h } from '../lib/dom.ts';
import { isOnPaper } from '../lib/theme.ts';
import type { Look } from './look.ts';

use([
  BarChart,
  CustomChart,
  HeatmapChart,
  LineChart,
  SankeyChart,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  VisualMapComponent,
  CanvasRenderer,
]);

export type Option = EChartsCoreOption;
export type Chart = ECharts;

/** What ECharts hands a tooltip for each series under the pointer. */
export interface Point {
  readonly seriesName: string;
  readonly name: string;
  readonly dataIndex: number;
  readonly seriesIndex: number;
  readonly color: string;
  readonly value: unknown;
  readonly data: unknown;
  readonly dataType?: string;
}

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const isStill = (): boolean => isOnPaper() || matchMedia('(prefers-reduced-motion: reduce)').matches;

/** An empty chart in an element. */
export const createChart = (element: HTMLElement): Chart => init(element, null, { renderer: 'canvas' });

const SHEET_SCALE = 2;

/** A sheet gets one sharp picture: of a chart that lies on several canvases, browsers print but one. */
export function forSheet(chart: Chart, element: HTMLElement): void {
  element.querySelector('.sheet')?.remove();
  if (!isOnPaper()) return;
  const picture = chart.renderToCanvas({ pixelRatio: SHEET_SCALE });
  picture.className = 'sheet';
  element.append(picture);
}

/** What every picture begins with: fonts, colours, quiet movement. */
export const base = ({ palette }: Look): Option => ({
  animation: !isStill(),
  animationDuration: 250,
  animationDurationUpdate: 300,
  color: [...palette.series],
  backgroundColor: 'transparent',
  textStyle: { fontFamily: FONT, color: palette.muted, fontSize: 12 },
});

/** A tooltip made of elements: ECharts' own text would need inline styles, which the content policy refuses. */
export const tooltip = (
  look: Look,
  content: (points: readonly Point[]) => Child,
  by: 'axis' | 'item' = 'axis',
): object => ({
  trigger: by,
  confine: true,
  borderWidth: 1,
  borderColor: look.palette.line,
  backgroundColor: look.palette.card,
  padding: [8, 12],
  textStyle: { color: look.palette.ink, fontSize: 13, fontFamily: FONT },
  axisPointer: { type: 'shadow', shadowStyle: { color: look.palette.isDark ? '#ffffff14' : '#00000010' } },
  formatter: (given: Point | readonly Point[]) => {
    const points = Array.isArray(given) ? (given as readonly Point[]) : [given as Point];
    return h('div', { class: 'tip' }, content(points));
  },
});

/** A tooltip's lines: a title, then a name and a value each. */
export function tipLines(
  title: string,
  lines: readonly (readonly [colour: string | null, name: string, value: string])[],
): HTMLElement {
  return h(
    'div',
    {},
    h('strong', {}, title),
    ...lines.map(([colour, name, value]) => {
      const dot = h('span', { class: 'dot' });
      if (colour !== null) dot.style.background = colour;
      return h('div', { class: 'tip-line' }, colour !== null && dot, h('span', {}, name), h('b', {}, value));
    }),
  );
}

/** What a name of a series takes in a row of names: its mark and the gap after it, and a letter of it. */
const MARK_WIDTH = 31;
const LETTER_WIDTH = 6.4;
const LINE_HEIGHT = 22;

/** Names of series above the picture: all of them, in as many lines as it takes. */
export const legend = ({ palette }: Look): object => ({
  top: 0,
  left: 0,
  icon: 'roundRect',
  itemWidth: 12,
  itemHeight: 12,
  itemGap: 14,
  padding: [0, 5],
  textStyle: { color: palette.ink, lineHeight: 16 },
});

/** How much room the names take above the picture, in pixels. */
export function legendHeight({ width }: Look, names: readonly string[]): number {
  let [lines, used] = [1, 0];
  for (const { length } of names) {
    const wanted = MARK_WIDTH + length * LETTER_WIDTH;
    if (used > 0 && used + wanted > width) [lines, used] = [lines + 1, 0];
    used += wanted;
  }
  return lines * LINE_HEIGHT + 16;
}

export const categoryAxis = ({ palette }: Look, data: readonly string[], more: object = {}): object => ({
  type: 'category',
  data,
  axisLine: { lineStyle: { color: palette.line } },
  axisTick: { show: false },
  axisLabel: { color: palette.muted, hideOverlap: true },
  ...more,
});

export const valueAxis = ({ palette, format }: Look, more: object = {}): object => ({
  type: 'value',
  splitNumber: 4,
  minInterval: 1,
  axisLabel: { color: palette.muted, formatter: (value: number) => format.count(value), hideOverlap: true },
  splitLine: { lineStyle: { color: palette.line } },
  ...more,
});

export const grid = (more: object = {}): object => ({
  left: 8,
  right: 16,
  top: 40,
  bottom: 4,
  outerBoundsMode: 'same',
  outerBoundsContain: 'axisLabel',
  ...more,
});

/** Names of series above the picture, and the picture below them. */
export const underLegend = (
  look: Look,
  names: readonly string[],
): { readonly legend: object; readonly grid: object } => ({
  legend: legend(look),
  grid: grid({ top: legendHeight(look, names) }),
});
