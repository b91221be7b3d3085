/** The desk: how many came, when and by which channel, how they were served, what they chose, and what they told of their health. */
import { measureKind } from '../../../domain/kpi/desk.ts';
import type { Cells } from '../../api.ts';
import type { App, Part } from '../app.ts';
import type { CardSpec } from '../cards/card.ts';
import { type Tile, tiles } from '../cards/tiles.ts';
import { columnsChart, rowsChart, rowsHeight } from '../charts/bars.ts';
import { busiest, heatMap } from '../charts/heat.ts';
import { type Look, label, n, s, sumOf } from '../charts/look.ts';
import { channelColour } from '../charts/palette.ts';
import { stackedBy } from '../charts/time.ts';
import { measures } from '../charts/measures.ts';
import { FUNNEL, PATHS, SERVICES, served } from './desk-choices.ts';
import { POSITIVITY, SYMPTOMS } from './desk-health.ts';
import { figurePage } from './figure-page.ts';
import { peopleOverTime } from './shared.ts';

const PEOPLE: CardSpec = {
  figure: 'desk_people',
  size: 'third',
  draw: ([row = {}], { t, format }) => ({
    node: tiles([
      {
        name: t('interactions'),
        value: format.count(row['interactions']),
        notes: [t('byNobody', format.count(row['unknown']))],
      },
      {
        name: t('people'),
        value: format.count(row['people']),
        notes: [t('newReturning', format.count(row['new']), format.count(row['returning']))],
      },
    ]),
  }),
};

/** A measure with what it is made of: nobody reads a share without its counts. */
function measureTile(look: Look, row: Cells): Tile {
  const { t, format } = look;
  const kind = measureKind(row['measure']);
  const [numerator, denominator] = [format.count(row['numerator']), format.count(row['denominator'])];
  const made = kind === 'net' ? `n = ${denominator}` : t(kind === 'share' ? 'outOf' : 'sumOf', numerator, denominator);
  const share = row['value'] === null ? null : Number(row['value']);
  return {
    name: label(look, 'measure', row),
    value: format.value(row),
    notes: [made, t('notKnown', format.count(row['missing']))],
    ...(kind === 'share' ? { share } : {}),
  };
}

const MEASURES: CardSpec = {
  figure: 'desk_measures',
  size: 'wide',
  isEmpty: (rows) => rows.every((row) => n(row, 'denominator') + n(row, 'missing') === 0),
  draw: (rows, look) => ({
    node: tiles(
      ['csat', 'nps_style', 'mean_score', 'resolution'].flatMap((wanted) =>
        rows.filter((row) => row['measure'] === wanted).map((row) => measureTile(look, row)),
      ),
    ),
  }),
};

const VOLUME: CardSpec = {
  figure: 'desk_volume',
  size: 'full',
  draw: (rows, look) => ({
    height: 300,
    summary: `${look.t('total')}: ${look.format.count(sumOf(rows, 'interactions'))}.`,
    option: stackedBy(look, rows, {
      column: 'channel',
      count: 'interactions',
      label: (word) => label(look, 'channel', word),
      colour: (word) => channelColour(look.palette, word),
    }),
  }),
};

const HOURS: CardSpec = {
  figure: 'desk_hours',
  size: 'wide',
  draw: (rows, look) => ({
    height: 300,
    option: heatMap(look, rows, look.t('interactions')),
    summary: busiest(look, rows),
  }),
};

const CHANNELS: CardSpec = {
  figure: 'desk_channels',
  size: 'third',
  draw: (rows, look) => ({
    height: 300,
    option: rowsChart(look, rows, {
      name: (row) => `${label(look, 'channel', row)} · ${look.format.share(row['share'])}`,
      count: 'interactions',
      title: look.t('interactions'),
      colour: (row) => channelColour(look.palette, s(row, 'channel')),
      more: (row) => served(look, row),
    }),
  }),
};

const OVER_TIME: CardSpec = {
  figure: 'desk_measures_over_time',
  size: 'wide',
  isEmpty: (rows) => rows.length === 0,
  draw: (rows, look) => ({ height: 420, option: measures(look, rows) }),
};

const SCORES: CardSpec = {
  figure: 'desk_scores',
  size: 'third',
  draw: (rows, look) => ({
    height: 420,
    option: columnsChart(look, rows, {
      name: (row) => (row['score'] === null ? (look.width < 420 ? '—' : look.t('noScore')) : s(row, 'score')),
      count: 'interactions',
      title: look.t('interactions'),
      colour: (row) => scoreColour(look, row['score']),
    }),
  }),
};

function scoreColour({ palette }: Look, score: unknown): string {
  if (score === null) return palette.line;
  if (Number(score) >= 9) return palette.good;
  return Number(score) <= 6 ? palette.bad : palette.middle;
}

const RECONTACT: CardSpec = {
  figure: 'desk_recontact',
  size: 'wide',
  isEmpty: (rows) => rows.every((row) => n(row, 'denominator') + n(row, 'missing') === 0),
  draw: (rows, { t, format }) => ({
    node: tiles(
      rows.map((row) => ({
        name: t('withinHours', format.seconds(n(row, 'hours') * 3600)),
        value: format.value(row),
        share: row['value'] === null ? null : n(row, 'value'),
        notes: [t('ofThose', format.count(row['numerator']), format.count(row['denominator']))],
      })),
    ),
  }),
};

const CONTAINMENT: CardSpec = {
  figure: 'desk_containment',
  size: 'third',
  isEmpty: ([row]) => n(row, 'denominator') + n(row, 'missing') === 0,
  draw: ([row = {}], { t, format }) => ({
    node: tiles([
      {
        name: t('contained'),
        value: format.value(row),
        share: row['value'] === null ? null : n(row, 'value'),
        notes: [
          t('ofThose', format.count(row['numerator']), format.count(row['denominator'])),
          t('notKnown', format.count(row['missing'])),
        ],
      },
    ]),
  }),
};

const AGES: CardSpec = {
  figure: 'desk_ages',
  size: 'half',
  draw: (rows, look) => ({
    height: 260,
    option: columnsChart(look, rows, {
      name: (row) => label(look, 'age_band', row),
      count: 'interactions',
      title: look.t('interactions'),
      colour: (row) => (s(row, 'age_band') === '' ? look.palette.middle : (look.palette.series[0] ?? '')),
    }),
  }),
};

const ISSUES: CardSpec = {
  figure: 'desk_issues',
  size: 'full',
  draw: (rows, look) => ({
    height: rowsHeight(rows),
    option: rowsChart(look, rows, {
      name: (row) => `${label(look, 'field', row)}: ${label(look, 'code', row)}`,
      count: 'interactions',
      title: look.t('interactions'),
      more: (row) => [['%', look.format.share(row['share'])]],
    }),
  }),
};

/** The page. */
export const deskPage = (app: App): Part =>
  figurePage(app, [
    { title: 'glance', parts: [PEOPLE, MEASURES, RECONTACT, CONTAINMENT] },
    { title: 'volume', parts: [VOLUME, HOURS, CHANNELS, peopleOverTime('desk_people_over_time'), AGES] },
    { title: 'service', parts: [OVER_TIME, SCORES] },
    { title: 'choices', parts: [FUNNEL, SERVICES, PATHS] },
    { title: 'health', parts: [SYMPTOMS, POSITIVITY] },
    { title: 'quality', parts: [ISSUES] },
  ]);
