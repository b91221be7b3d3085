/** Hour × weekday as a map of heat. */
import type { Cells } from '../../api.ts';
import { type Option, base, categoryAxis, grid, tipLines, tooltip } from './echarts.ts';
import { type Look, n } from './look.ts';

const WEEK = [1, 2, 3, 4, 5, 6, 7];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** The darkest cell (in the dark: the brightest) is the busiest hour. */
export function heatMap(look: Look, rows: readonly Cells[], title: string): Option {
  const { palette, format } = look;
  const max = Math.max(1, ...rows.map((row) => n(row, 'messages')));
  return {
    ...base(look),
    grid: grid({ top: 8, bottom: 44 }),
    tooltip: tooltip(
      look,
      ([point]) => {
        const [hour = 0, day = 0, count = 0] = Array.isArray(point?.value) ? (point.value as readonly number[]) : [];
        return tipLines(`${format.weekday(day + 1)}, ${hour}–${hour + 1} h`, [[null, title, format.count(count)]]);
      },
      'item',
    ),
    xAxis: categoryAxis(
      look,
      HOURS.map((hour) => `${hour}`),
      {
        name: '',
        axisLabel: { color: palette.muted, interval: look.width > 640 ? 1 : 3, formatter: '{value} h' },
        axisLine: { show: false },
      },
    ),
    yAxis: categoryAxis(look, WEEK.map(format.weekday), {
      inverse: true,
      axisLine: { show: false },
      axisLabel: { color: palette.muted, interval: 0 },
    }),
    visualMap: {
      min: 0,
      max,
      calculable: false,
      orient: 'horizontal',
      left: 'center',
      bottom: 0,
      itemWidth: 12,
      itemHeight: 120,
      precision: 0,
      text: [format.count(max), '0'],
      textStyle: { color: palette.muted },
      inRange: { color: palette.heat },
    },
    series: [
      {
        id: 'heat',
        type: 'heatmap',
        data: rows.map((row) => [n(row, 'hour'), n(row, 'weekday') - 1, n(row, 'messages')]),
        itemStyle: { borderColor: palette.card, borderWidth: 1.5, borderRadius: 2 },
        emphasis: { itemStyle: { borderColor: palette.ink } },
      },
    ],
  };
}

/** The busiest hour in words. */
export function busiest(look: Look, rows: readonly Cells[]): string {
  const top = rows.reduce<Cells | undefined>(
    (best, row) => (n(row, 'messages') > n(best, 'messages') ? row : best),
    undefined,
  );
  if (top === undefined) return '';
  return look.t(
    'highest',
    `${look.format.weekday(n(top, 'weekday'))} ${n(top, 'hour')} h`,
    look.format.count(top['messages']),
  );
}
