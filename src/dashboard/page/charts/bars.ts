/** Counts of a few groups: upright where they have an order, lying where they have names. */
import type { Cells } from '../../api.ts';
import { type Option, base, categoryAxis, grid, tipLines, tooltip, valueAxis } from './echarts.ts';
import { type Look, n } from './look.ts';

export interface Bars {
  readonly name: (row: Cells) => string;
  readonly count: string;
  /** The count's title. */
  readonly title: string;
  readonly colour?: (row: Cells, place: number) => string;
  /** What a tooltip says besides the count. */
  readonly more?: (row: Cells) => readonly (readonly [string, string])[];
}

function shared(look: Look, rows: readonly Cells[], { name, count, title, more }: Bars): Option {
  return {
    ...base(look),
    tooltip: tooltip(look, (points) => {
      const row = rows[points[0]?.dataIndex ?? 0] ?? {};
      const others = (more?.(row) ?? []).map(([key, value]) => [null, key, value] as const);
      return tipLines(name(row), [[null, title, look.format.count(row[count])], ...others]);
    }),
  };
}

const items = (look: Look, rows: readonly Cells[], { count, colour }: Bars): readonly object[] =>
  rows.map((row, i) => ({
    value: n(row, count),
    itemStyle: { color: colour?.(row, i) ?? look.palette.series[0] },
  }));

const longest = (names: readonly string[]): number => Math.max(1, ...names.map(({ length }) => length));

/** Pixels of a row of lying bars. */
const ROW = 33;

/** Letters are about so wide, in pixels: as they are, and small. */
const LETTER = 9;
const SMALL_LETTER = 6;

/** Every name: as it is where there is room for it, else in small letters and broken at its blanks; undefined where even so there is none. */
function nameLabels({ width, palette }: Look, names: readonly string[]): object | undefined {
  // Less what stands left of the bars.
  const room = (width - 40) / names.length;
  if (room >= LETTER * longest(names)) return { axisLabel: { color: palette.muted, interval: 0 } };
  if (room < SMALL_LETTER * longest(names.flatMap((name) => name.split(' ')))) return undefined;
  return { axisLabel: { color: palette.muted, interval: 0, fontSize: 10, width: room, overflow: 'break' } };
}

/** Upright bars, in the order of the rows; lying ones where there is no room for their names. */
export function columnsChart(look: Look, rows: readonly Cells[], bars: Bars): Option {
  const names = rows.map(bars.name);
  const labels = nameLabels(look, names);
  if (labels === undefined) return rowsChart(look, rows, bars);
  return {
    ...shared(look, rows, bars),
    grid: grid({ top: 24 }),
    xAxis: categoryAxis(look, names, labels),
    yAxis: valueAxis(look),
    series: [
      {
        id: 'bars',
        type: 'bar',
        barMaxWidth: 44,
        label: {
          show: look.width > 420 && rows.length < 16,
          position: 'top',
          color: look.palette.ink,
          formatter: ({ value }: { value: number }) => look.format.count(value),
        },
        data: items(look, rows, bars),
      },
    ],
  };
}

/** Names on one line, or on as many small ones as it takes where they are long. */
function rowLabels(look: Look, names: readonly string[]): object {
  const width = Math.min(240, look.width * 0.45);
  const isLong = SMALL_LETTER * longest(names) > width;
  const small = { fontSize: 10, lineHeight: ROW / 3, overflow: 'break' };
  return { color: look.palette.ink, width, ...(isLong ? small : { overflow: 'truncate' }) };
}

/** Lying bars with their counts, the first on top. */
export const rowsChart = (look: Look, rows: readonly Cells[], bars: Bars): Option => ({
  ...shared(look, rows, bars),
  grid: grid({ top: 4, right: 56 }),
  xAxis: valueAxis(look, { splitLine: { show: false }, axisLabel: { show: false } }),
  yAxis: categoryAxis(look, rows.map(bars.name), {
    inverse: true,
    axisLine: { show: false },
    axisLabel: rowLabels(look, rows.map(bars.name)),
  }),
  series: [
    {
      id: 'bars',
      type: 'bar',
      barMaxWidth: 22,
      label: {
        show: true,
        position: 'right',
        color: look.palette.ink,
        formatter: ({ value }: { value: number }) => look.format.count(value),
      },
      data: items(look, rows, bars),
    },
  ],
});

/** How high lying bars want to be. */
export const rowsHeight = (rows: readonly Cells[]): number => Math.max(120, rows.length * ROW + 24);
