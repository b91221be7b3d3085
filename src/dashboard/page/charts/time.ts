/** Figures over time: bars on each other, lines, and both sides of zero. */
import type { Cells } from '../../api.ts';
import { type Option, base, categoryAxis, tipLines, tooltip, underLegend, valueAxis } from './echarts.ts';
import { axisDays } from '../lib/format.ts';
import { type Look, distinct, n, s } from './look.ts';

export interface Series {
  readonly name: string;
  readonly colour: string;
  /** Of each day. */
  readonly values: ReadonlyMap<string, number>;
  /** Drawn downwards. */
  readonly isNegative?: boolean;
}

/** One series for each column of the rows. */
export const seriesOf = (rows: readonly Cells[], name: string, colour: string, column: string): Series => {
  const values = new Map<string, number>();
  for (const row of rows) values.set(s(row, 'day'), (values.get(s(row, 'day')) ?? 0) + n(row, column));
  return { name, colour, values };
};

/** Bars of each point, on each other. */
export function stackedBars(look: Look, days: readonly string[], series: readonly Series[]): Option {
  const { format, t } = look;
  return {
    ...base(look),
    ...underLegend(
      look,
      series.map(({ name }) => name),
    ),
    tooltip: tooltip(look, (points) => {
      const at = points[0]?.dataIndex ?? 0;
      const day = days[at] ?? '';
      const values = series.map(({ values }) => values.get(day) ?? 0);
      const lines = series.map(({ name, colour }, i) => [colour, name, format.count(values[i])] as const);
      const isSum = series.length > 1 && !series.some(({ isNegative }) => isNegative);
      const sum = values.reduce((a, b) => a + b, 0);
      return tipLines(format.day(day), isSum ? [...lines, [null, t('total'), format.count(sum)]] : lines);
    }),
    xAxis: categoryAxis(look, axisDays(format, days)),
    yAxis: valueAxis(look, {
      axisLabel: { color: look.palette.muted, formatter: (value: number) => format.count(Math.abs(value)) },
    }),
    series: series.map(({ name, colour, values, isNegative }) => ({
      id: name,
      name,
      type: 'bar',
      stack: 'all',
      barMaxWidth: 28,
      itemStyle: { color: colour },
      data: days.map((day) => (isNegative === true ? -1 : 1) * (values.get(day) ?? 0)),
    })),
  };
}

/** The days of rows, in order. */
export const daysIn = (rows: readonly Cells[]): readonly string[] => [...distinct(rows, 'day')].sort();

/** Stacked bars of one column by another: volume by channel, messages by direction. */
export function stackedBy(
  look: Look,
  rows: readonly Cells[],
  by: {
    readonly column: string;
    readonly count: string;
    readonly label: (word: string) => string;
    readonly colour: (word: string, place: number) => string;
  },
): Option {
  const sums = new Map<string, number>();
  for (const row of rows) sums.set(s(row, by.column), (sums.get(s(row, by.column)) ?? 0) + n(row, by.count));
  const words = [...sums.keys()].sort((a, b) => (sums.get(b) ?? 0) - (sums.get(a) ?? 0));
  return stackedBars(
    look,
    daysIn(rows),
    words.map((word, i) =>
      seriesOf(
        rows.filter((row) => s(row, by.column) === word),
        by.label(word),
        by.colour(word, i),
        by.count,
      ),
    ),
  );
}
