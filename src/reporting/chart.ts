/** Charts as SVG, drawn without a browser: the same rows give the same text. */
import { BarChart } from 'echarts/charts';
import { GridComponent, LegendComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { LegacyGridContainLabel } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';
import { type Format, axisDays } from '../dashboard/page/lib/format.ts';
import { labelOf } from '../dashboard/page/lib/labels.ts';
import type { Cells } from '../domain/kpi/figures/figure.ts';
import type { Drawing } from './sections.ts';

use([BarChart, GridComponent, LegacyGridContainLabel, LegendComponent, SVGRenderer]);

/** Told apart by people who see few colours, and in grey. */
const COLOURS = ['#0b6bb5', '#d55e00', '#00875f', '#7a4aa0', '#8a6d00', '#5d6b78'];
const INK = '#1c2733';
const FAINT = '#dbe2e8';
const UNKNOWN = '#9aa5b1';
const FONT = 'system-ui, sans-serif';
/** Of a chart over days, and of one of upright bars. */
const HEIGHT = 135;
const LOW = 105;
const BAR_HEIGHT = 15;
/** A letter of a bar's name, in pixels. */
const LETTER = 6;
const MOST_BARS = 12;

type Chart = Extract<Drawing, { readonly kind: 'days' | 'bars' | 'columns' }>;
type Bars = Extract<Drawing, { readonly kind: 'bars' | 'columns' }>;

/** The chart of rows, or nothing where there is none to draw. */
export function chartOf(drawing: Chart, rows: readonly Cells[], format: Format, width: number): string {
  if (rows.length === 0) return '';
  if (drawing.kind === 'days') return draw(daysOption(drawing, rows, format), width, HEIGHT);
  const some = rows.slice(0, MOST_BARS);
  return drawing.kind === 'columns'
    ? draw(columnsOption(drawing, some, format), width, LOW)
    : draw(barsOption(drawing, some, format, width), width, 8 + BAR_HEIGHT * some.length);
}

function draw(option: object, width: number, height: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ animation: false, color: COLOURS, textStyle: { fontFamily: FONT, color: INK }, ...option });
    // What a page would do when it is pointed at: paper is not, and the library numbers it on from run to run.
    return chart
      .renderToSVGString()
      .replace(/<style[^]*?<\/style>/g, '')
      .replace(/ (?:class|ecmeta_\w+)="[^"]*"/g, '')
      .replace(/\bzr\d+-/g, 'zr-');
  } finally {
    chart.dispose();
  }
}

const value = (row: Cells, column: string): number => Number(row[column] ?? 0);
const nameOf = (row: Cells, column: string): string => {
  const name = row[column];
  return typeof name === 'string' ? name : '';
};

function daysOption(
  { count, series }: Extract<Drawing, { kind: 'days' }>,
  rows: readonly Cells[],
  format: Format,
): object {
  const days = [...new Set(rows.map((row) => String(row['day'])))];
  const names = series === undefined ? [''] : [...new Set(rows.map((row) => nameOf(row, series)))];
  const cells = new Map(rows.map((row) => [`${String(row['day'])} ${nameOf(row, series ?? '')}`, value(row, count)]));
  return {
    grid: { left: 8, right: 8, top: names.length > 1 ? 30 : 10, bottom: 4, containLabel: true },
    ...(names.length > 1
      ? { legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 10, textStyle: { color: INK } } }
      : {}),
    xAxis: {
      type: 'category',
      data: axisDays(format, days),
      axisLine: { lineStyle: { color: FAINT } },
      axisTick: { show: false },
      axisLabel: { color: INK },
    },
    yAxis: { type: 'value', minInterval: 1, axisLabel: { color: INK }, splitLine: { lineStyle: { color: FAINT } } },
    series: names.map((name) => ({
      type: 'bar',
      name: series === undefined ? '' : labelOf(format.lang, series, name, {}),
      stack: 'all',
      barMaxWidth: 28,
      data: days.map((day) => cells.get(`${day} ${name}`) ?? 0),
    })),
  };
}

function barsOption({ name, count }: Bars, rows: readonly Cells[], format: Format, width: number): object {
  const names = rows.map((row) => labelOf(format.lang, name, row[name], row));
  // No letter is measured here, so the room for names is reckoned.
  const room = Math.min(width * 0.58, 14 + LETTER * Math.max(...names.map(({ length }) => length)));
  const letters = Math.round((room - 14) / LETTER);
  return {
    grid: { left: room, right: 40, top: 4, bottom: 4 },
    xAxis: { type: 'value', show: false },
    yAxis: {
      type: 'category',
      inverse: true,
      data: names.map((text) => (text.length > letters ? `${text.slice(0, letters - 1)}…` : text)),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: INK, fontSize: 10, interval: 0 },
    },
    series: [
      {
        type: 'bar',
        barMaxWidth: 11,
        label: {
          show: true,
          position: 'right',
          color: INK,
          fontSize: 11,
          formatter: ({ value: n }: { value: number }) => format.count(n),
        },
        data: rows.map((row) => value(row, count)),
      },
    ],
  };
}

function columnsOption({ name, count }: Bars, rows: readonly Cells[], format: Format): object {
  const isKnown = (row: Cells): boolean => row[name] !== null;
  return {
    grid: { left: 0, right: 4, top: 8, bottom: 4, containLabel: true },
    xAxis: {
      type: 'category',
      data: rows.map((row) => (isKnown(row) ? labelOf(format.lang, name, row[name], row) : '—')),
      axisLine: { lineStyle: { color: FAINT } },
      axisTick: { show: false },
      axisLabel: { color: INK, fontSize: 10, interval: 0 },
    },
    yAxis: {
      type: 'value',
      minInterval: 1,
      splitNumber: 3,
      axisLabel: { color: INK, fontSize: 10 },
      splitLine: { lineStyle: { color: FAINT } },
    },
    series: [
      {
        type: 'bar',
        barMaxWidth: 14,
        data: rows.map((row) => ({
          value: value(row, count),
          itemStyle: { color: isKnown(row) ? COLOURS[0] : UNKNOWN },
        })),
      },
    ],
  };
}
