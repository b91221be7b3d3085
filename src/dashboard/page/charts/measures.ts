/** CSAT and resolution, NPS-style points under them, and under both how many answered: a high share of three answers says little. */
import { measureKind } from '../../../domain/kpi/desk.ts';
import type { Cells } from '../../api.ts';
import {
  type Option,
  base,
  categoryAxis,
  grid,
  legend,
  legendHeight,
  tipLines,
  tooltip,
  valueAxis,
} from './echarts.ts';
import { axisDays } from '../lib/format.ts';
import { type Look, label, n, s } from './look.ts';
import { daysIn } from './time.ts';

const ASKED = ['csat', 'resolution', 'nps_style'] as const;
const SYMBOLS = ['circle', 'rect', 'triangle'];

type Find = (day: string, measure: string) => Cells | undefined;

/** The picture of `desk_measures_over_time`. */
export function measures(look: Look, rows: readonly Cells[]): Option {
  const { palette, format } = look;
  const days = daysIn(rows);
  const byKey = new Map(rows.map((row) => [`${s(row, 'day')} ${s(row, 'measure')}`, row]));
  const find: Find = (day, measure) => byKey.get(`${day} ${measure}`);
  const names = [...ASKED.map((measure) => label(look, 'measure', measure)), look.t('scoresCount')];
  const top = legendHeight(look, names);
  return {
    ...base(look),
    axisPointer: { link: [{ xAxisIndex: 'all' }] },
    legend: legend(look),
    tooltip: tooltip(look, (under) => tip(look, days[under[0]?.dataIndex ?? 0] ?? '', find)),
    grid: [part(top, 150), part(top + 180, 80), part(top + 290, 60)],
    xAxis: [0, 1, 2].map((gridIndex) =>
      categoryAxis(look, axisDays(format, days), {
        gridIndex,
        ...(gridIndex < 2 ? { axisLabel: { show: false } } : {}),
      }),
    ),
    yAxis: valueAxes(look),
    series: [
      ...ASKED.map((measure, place) => ({
        ...line(look, measure, place),
        data: days.map((day) => points(find(day, measure))),
      })),
      {
        id: 'answers',
        name: look.t('scoresCount'),
        type: 'bar',
        xAxisIndex: 2,
        yAxisIndex: 2,
        barMaxWidth: 28,
        itemStyle: { color: palette.middle },
        data: days.map((day) => n(find(day, 'csat'), 'denominator')),
      },
    ],
  };
}

const part = (top: number, height: number): object => grid({ top, height, left: 52, outerBoundsMode: 'none' });

function valueAxes(look: Look): readonly object[] {
  const { palette, format } = look;
  const label = (formatter: string | ((value: number) => string)): object => ({
    axisLabel: { color: palette.muted, formatter },
  });
  return [
    valueAxis(look, { gridIndex: 0, min: 0, max: 100, interval: 50, ...label('{value} %') }),
    valueAxis(look, { gridIndex: 1, min: -100, max: 100, interval: 100, ...label((value) => format.count(value)) }),
    valueAxis(look, { gridIndex: 2, splitNumber: 2 }),
  ];
}

function line(look: Look, measure: string, place: number): object {
  const at = measureKind(measure) === 'net' ? 1 : 0;
  return {
    id: measure,
    name: label(look, 'measure', measure),
    type: 'line',
    xAxisIndex: at,
    yAxisIndex: at,
    symbol: SYMBOLS[place],
    symbolSize: 7,
    connectNulls: false,
    lineStyle: { width: 2 },
    itemStyle: { color: look.palette.series[place] },
  };
}

/** A share in hundredths, to two places. */
function points(row: Cells | undefined): number | null {
  const value = row?.['value'];
  return value === null || value === undefined ? null : Math.round(Number(value) * 10_000) / 100;
}

function tip(look: Look, day: string, find: Find): HTMLElement {
  const { format, t, palette } = look;
  return tipLines(
    format.day(day),
    ASKED.map((measure, i) => {
      const row = find(day, measure) ?? {};
      const denominator = format.count(row['denominator']);
      const of =
        measureKind(measure) === 'net' ? `n = ${denominator}` : t('outOf', format.count(row['numerator']), denominator);
      return [
        palette.series[i] ?? null,
        label(look, 'measure', measure),
        `${format.value({ ...row, measure })} (${of})`,
      ] as const;
    }),
  );
}
