/** Shares of health questions; what is hidden is a gap, never a zero. */
import type { Cells } from '../../api.ts';
import { type Option, base, categoryAxis, grid, tipLines, tooltip, underLegend, valueAxis } from './echarts.ts';
import { type Look, distinct, label, n, s } from './look.ts';
import { colourOf } from './palette.ts';

const percent = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value) * 100);

/** Symptoms by epidemiological week. */
export function symptoms(look: Look, rows: readonly Cells[]): Option {
  const weeks = [...distinct(rows, 'week')].sort();
  const questions = distinct(rows, 'question');
  const find = (week: string, question: string): Cells | undefined =>
    rows.find((row) => s(row, 'week') === week && s(row, 'question') === question);
  const symbols = ['circle', 'rect', 'triangle'];
  return {
    ...base(look),
    ...underLegend(
      look,
      questions.map((question) => label(look, 'question', question)),
    ),
    tooltip: tooltip(look, (points) => {
      const week = weeks[points[0]?.dataIndex ?? 0] ?? '';
      return tipLines(
        week,
        questions.map((question, i) => {
          const row = find(week, question) ?? {};
          const value =
            row['share'] === null
              ? look.t('hidden')
              : `${look.format.share(row['share'])} (${look.t('outOf', look.format.count(row['yes']), look.format.count(row['answered']))})`;
          return [colourOf(look.palette, i), label(look, 'question', question), value] as const;
        }),
      );
    }),
    xAxis: categoryAxis(look, weeks),
    yAxis: valueAxis(look, { min: 0, axisLabel: { color: look.palette.muted, formatter: '{value} %' } }),
    series: questions.map((question, i) => ({
      id: question,
      name: label(look, 'question', question),
      type: 'line',
      symbol: symbols[i % symbols.length],
      symbolSize: 8,
      connectNulls: false,
      lineStyle: { width: 2 },
      itemStyle: { color: colourOf(look.palette, i) },
      data: weeks.map((week) => percent(find(week, question)?.['share'])),
    })),
  };
}

interface Drawing {
  value(dimension: number): number;
  coord(point: readonly number[]): readonly [number, number];
}

/** A bar of the interval with its ends and the share as a dot; in words where it is hidden. */
const whisker = (look: Look) => (_: unknown, api: Drawing) => {
  const colour = look.palette.series[0] ?? look.palette.ink;
  const at = api.value(0);
  if (Number.isNaN(api.value(3))) {
    const [x, y] = api.coord([0, at]);
    return {
      type: 'text',
      x: x + 8,
      y,
      style: { text: look.t('hidden'), fill: look.palette.muted, verticalAlign: 'middle' },
    };
  }
  const [low, high, value] = [1, 2, 3].map((i) => api.coord([api.value(i), at])) as [
    readonly [number, number],
    readonly [number, number],
    readonly [number, number],
  ];
  const stroke = { stroke: colour, lineWidth: 2, fill: 'none' };
  const line = (x1: number, y1: number, x2: number, y2: number): object => ({
    type: 'line',
    shape: { x1, y1, x2, y2 },
    style: stroke,
  });
  const y = value[1];
  return {
    type: 'group',
    children: [
      line(low[0], y, high[0], y),
      line(low[0], y - 6, low[0], y + 6),
      line(high[0], y - 6, high[0], y + 6),
      { type: 'circle', shape: { cx: value[0], cy: y, r: 5 }, style: { fill: colour } },
    ],
  };
};

const ORDER = ['all', 'sex', 'age'];
const place = (row: Cells): number => ORDER.indexOf(s(row, 'dimension'));

/** Positivity of each group with Wilson's interval. */
export function positivity(look: Look, given: readonly Cells[]): Option {
  const rows = [...given].sort((a, b) => place(a) - place(b));
  const name = (row: Cells): string =>
    s(row, 'dimension') === 'all'
      ? label(look, 'dimension', row)
      : `${label(look, 'dimension', row)}: ${label(look, 'category', row)}`;
  return {
    ...base(look),
    grid: grid({ top: 8, right: 24 }),
    tooltip: tooltip(look, ([point]) => {
      const row = rows[point?.dataIndex ?? 0] ?? {};
      const { format, t } = look;
      if (row['value'] === null) return tipLines(name(row), [[null, t('hidden'), '']]);
      return tipLines(name(row), [
        [null, format.share(row['value']), t('outOf', format.count(row['positive']), format.count(row['tested']))],
        [null, t('interval', format.share(row['low']), format.share(row['high'])), ''],
      ]);
    }),
    xAxis: valueAxis(look, {
      min: 0,
      max: 100,
      interval: 25,
      axisLabel: { color: look.palette.muted, formatter: '{value} %' },
    }),
    yAxis: categoryAxis(look, rows.map(name), {
      inverse: true,
      axisLine: { show: false },
      axisLabel: {
        color: look.palette.ink,
        width: Math.min(190, look.width * 0.42),
        overflow: 'truncate',
        interval: 0,
      },
    }),
    series: [
      {
        id: 'interval',
        type: 'custom',
        renderItem: whisker(look),
        encode: { x: [1, 2, 3], y: 0 },
        data: rows.map((row, i) =>
          row['value'] === null
            ? [i, '-', '-', '-']
            : [i, n(row, 'low') * 100, n(row, 'high') * 100, n(row, 'value') * 100],
        ),
      },
    ],
  };
}
