/** The overview: what came in and what became of it, how fresh it is, and what needs a person. */
import type { Cells } from '../../api.ts';
import type { App, Part } from '../app.ts';
import type { CardSpec } from '../cards/card.ts';
import { tiles } from '../cards/tiles.ts';
import { type Option, base, categoryAxis, grid, tipLines, tooltip, valueAxis } from '../charts/echarts.ts';
import { type Look, label, n, sumOf } from '../charts/look.ts';
import { daysIn, seriesOf, stackedBars } from '../charts/time.ts';
import { h } from '../lib/dom.ts';
import { attentionList } from './attention.ts';
import { figurePage } from './figure-page.ts';
import { createOperations } from './operations-data.ts';
import { unreadMessages } from './shared.ts';

const VERDICTS = [
  ['enriched', 'used'],
  ['duplicates', 'duplicates'],
  ['quarantined', 'unread'],
] as const;

const verdictColour = ({ palette }: Look, i: number): string =>
  [palette.good, palette.middle, palette.bad][i] ?? palette.ink;

/** received = used + duplicates + could not be read, in large figures. */
function equation(look: Look, rows: readonly Cells[]): HTMLElement {
  const { t, format } = look;
  const term = (name: string, value: number, colour?: string): HTMLElement => {
    const mark = h('span', { class: 'dot', 'aria-hidden': 'true' });
    if (colour !== undefined) mark.style.background = colour;
    return h(
      'span',
      { class: 'term' },
      h('b', {}, format.count(value)),
      h('span', {}, colour !== undefined && mark, name),
    );
  };
  // A sign stays with the term that follows it, however narrow the screen.
  const signed = (sign: string, ...of: Parameters<typeof term>): HTMLElement =>
    h('span', { class: 'signed' }, h('span', { class: 'sign' }, sign), term(...of));
  return h(
    'p',
    { class: 'equation' },
    term(t('received'), sumOf(rows, 'received')),
    ...VERDICTS.map(([column, name], i) =>
      signed(i === 0 ? '=' : '+', t(name), sumOf(rows, column), verdictColour(look, i)),
    ),
  );
}

/** The same of each source, as parts of one bar. */
function equationBars(look: Look, rows: readonly Cells[]): Option {
  const { t, format } = look;
  return {
    ...base(look),
    grid: grid({ top: 4, right: 24 }),
    tooltip: tooltip(look, (points) => {
      const row = rows[points[0]?.dataIndex ?? 0] ?? {};
      const lines = VERDICTS.map(([column, name], i) => {
        const part = n(row, 'received') === 0 ? null : n(row, column) / n(row, 'received');
        return [verdictColour(look, i), t(name), `${format.count(row[column])} (${format.share(part)})`] as const;
      });
      return tipLines(label(look, 'source', row), [[null, t('received'), format.count(row['received'])], ...lines]);
    }),
    xAxis: valueAxis(look),
    yAxis: categoryAxis(
      look,
      rows.map((row) => label(look, 'source', row)),
      { inverse: true, axisLine: { show: false } },
    ),
    series: VERDICTS.map(([column, name], i) => ({
      id: column,
      name: t(name),
      type: 'bar',
      stack: 'all',
      barMaxWidth: 30,
      itemStyle: { color: verdictColour(look, i) },
      data: rows.map((row) => n(row, column)),
    })),
  };
}

const OUTCOME: CardSpec = {
  figure: 'lake_outcome',
  size: 'wide',
  draw: (rows, look) => ({
    node: equation(look, rows),
    option: equationBars(look, rows),
    height: 60 + rows.length * 44,
    summary: [['received', 'received'] as const, ...VERDICTS]
      .map(([column, name]) => `${look.t(name)} ${look.format.count(sumOf(rows, column))}`)
      .join(', '),
  }),
};

const OVER_TIME: CardSpec = {
  figure: 'lake_outcome_over_time',
  size: 'wide',
  draw: (rows, look) => ({
    height: 280,
    summary: `${look.t('total')}: ${look.format.count(sumOf(rows, 'received'))}.`,
    option: stackedBars(
      look,
      daysIn(rows),
      VERDICTS.map(([column, name], i) => seriesOf(rows, look.t(name), verdictColour(look, i), column)),
    ),
  }),
};

const FRESHNESS: CardSpec = {
  figure: 'lake_freshness',
  size: 'third',
  isEmpty: (rows) => rows.length === 0,
  draw: (rows, look) => ({
    node: tiles(
      rows.map((row) => ({
        name: label(look, 'source', row),
        value: look.format.seconds(row['p50_seconds']),
        notes: [
          look.t('p95', look.format.seconds(row['p95_seconds'])),
          look.t('lastAt', look.format.time(row['last_at'])),
        ],
      })),
    ),
  }),
};

const LATE: CardSpec = {
  figure: 'lake_late',
  size: 'third',
  isEmpty: (rows) => rows.length === 0,
  draw: (rows, look) => ({
    node: tiles(
      rows.map((row) => ({
        name: label(look, 'source', row),
        value: look.format.share(row['share']),
        share: n(row, 'share'),
        notes: [look.t('outOf', look.format.count(row['late']), look.format.count(row['enriched']))],
      })),
    ),
  }),
};

/** The page. */
export function overviewPage(app: App): Part {
  const operations = createOperations(app);
  return figurePage(app, [
    {
      title: 'arrivals',
      parts: [
        OUTCOME,
        () => operations.panel('attention', 'tall', (answer) => attentionList(app, answer)),
        OVER_TIME,
        unreadMessages('third'),
        FRESHNESS,
        LATE,
      ],
    },
  ]);
}
