/** Telegram: how much is written, by how many, how soon the bot answers, and what is written. */
import type { App, Part } from '../app.ts';
import type { CardSpec } from '../cards/card.ts';
import { tiles } from '../cards/tiles.ts';
import { columnsChart, rowsChart, rowsHeight } from '../charts/bars.ts';
import { busiest, heatMap } from '../charts/heat.ts';
import { distinct, label, n, s, sumOf } from '../charts/look.ts';
import { colourOf } from '../charts/palette.ts';
import { daysIn, seriesOf, stackedBars, stackedBy } from '../charts/time.ts';
import { figurePage } from './figure-page.ts';
import { peopleOverTime } from './shared.ts';

const PEOPLE: CardSpec = {
  figure: 'telegram_people',
  size: 'half',
  draw: ([row = {}], { t, format }) => ({
    node: tiles([
      { name: t('messages'), value: format.count(row['messages']), notes: [] },
      {
        name: t('people'),
        value: format.count(row['people']),
        notes: [t('newReturning', format.count(row['new']), format.count(row['returning']))],
      },
    ]),
  }),
};

const CONVERSATIONS: CardSpec = {
  figure: 'telegram_conversations',
  size: 'half',
  draw: ([row = {}], { t, format }) => ({
    node: tiles([
      { name: t('conversations'), value: format.count(row['conversations']), notes: [] },
      {
        name: t('perConversation'),
        value: format.number(row['mean']),
        notes: [`${t('median')} ${format.number(row['median'])}`],
      },
      {
        name: t('lasts'),
        value: format.seconds(row['p50_seconds']),
        notes: row['p90_seconds'] === null ? [] : [`${t('p90')} ${format.seconds(row['p90_seconds'])}`],
      },
    ]),
  }),
};

const RESPONSE: CardSpec = {
  figure: 'telegram_first_response',
  size: 'third',
  draw: ([row = {}], { t, format }) => ({
    node: tiles([
      {
        name: t('median'),
        value: format.seconds(row['p50_seconds']),
        notes: row['p90_seconds'] === null ? [] : [`${t('p90')} ${format.seconds(row['p90_seconds'])}`],
      },
      {
        name: t('answered'),
        value: format.share(row['value']),
        share: row['value'] === null ? null : n(row, 'value'),
        notes: [
          t('outOf', format.count(row['denominator']), format.count(n(row, 'denominator') + n(row, 'missing'))),
          t('unanswered', format.count(row['missing'])),
        ],
      },
    ]),
  }),
};

const CONCENTRATION: CardSpec = {
  figure: 'telegram_concentration',
  size: 'third',
  draw: ([row = {}], { t, format }) => ({
    node: tiles([
      {
        name: t('writeMost'),
        value: format.value(row),
        share: row['value'] === null ? null : n(row, 'value'),
        notes: [t('peopleOf', format.count(row['numerator']), format.count(row['denominator']))],
      },
    ]),
  }),
};

const VOLUME: CardSpec = {
  figure: 'telegram_volume',
  size: 'full',
  draw: (rows, look) => ({
    height: 300,
    summary: `${look.t('total')}: ${look.format.count(sumOf(rows, 'messages'))}.`,
    option: stackedBy(look, rows, {
      column: 'direction',
      count: 'messages',
      label: (word) => label(look, 'direction', word),
      colour: (word) => colourOf(look.palette, word === 'in' ? 0 : 4),
    }),
  }),
};

const HOURS: CardSpec = {
  figure: 'telegram_hours',
  size: 'half',
  draw: (rows, look) => ({
    height: 300,
    option: heatMap(look, rows, look.t('messages')),
    summary: busiest(look, rows),
  }),
};

const WAITS: CardSpec = {
  figure: 'telegram_waits',
  size: 'wide',
  draw: (rows, look) => ({
    height: 260,
    option: columnsChart(look, rows, {
      name: (row) => label(look, 'bucket', row),
      count: 'conversations',
      title: look.t('conversations'),
      colour: (row) => (s(row, 'bucket') === '' ? look.palette.bad : look.palette.good),
    }),
  }),
};

const TOP: CardSpec = {
  figure: 'telegram_top_people',
  size: 'wide',
  draw: (rows, look) => ({
    height: 280,
    option: columnsChart(look, rows, {
      name: (row) => `${s(row, 'rank')}.`,
      count: 'messages',
      title: look.t('messages'),
      more: (row) => [['%', look.format.share(row['share'])]],
    }),
  }),
};

const LENGTHS: CardSpec = {
  figure: 'telegram_lengths',
  size: 'third',
  draw: (rows, look) => ({
    node: tiles(
      rows.map((row) => ({
        name: `${label(look, 'measure', row)}, ${look.t('median').toLowerCase()}`,
        value: look.format.number(row['median']),
        notes: [
          `${look.t('mean')} ${look.format.number(row['mean'])}`,
          `${look.t('p90')} ${look.format.number(row['p90'])}`,
          `n = ${look.format.count(row['denominator'])}`,
        ],
      })),
    ),
  }),
};

const RANGES: CardSpec = {
  figure: 'telegram_length_ranges',
  size: 'wide',
  draw: (rows, look) => ({
    height: 260,
    option: columnsChart(look, rows, { name: (row) => s(row, 'bucket'), count: 'messages', title: look.t('messages') }),
  }),
};

const MOST_WORDS = 20;

const WORDS: CardSpec = {
  figure: 'telegram_words',
  size: 'half',
  draw: (rows, look) => {
    const shown = rows.slice(0, MOST_WORDS);
    return {
      height: rowsHeight(shown),
      option: rowsChart(look, shown, {
        name: (row) => s(row, 'term'),
        count: 'uses',
        title: look.t('messages'),
        more: (row) => [[look.t('people'), look.format.count(row['people'])]],
      }),
    };
  },
};

const CONTENTS: CardSpec = {
  figure: 'telegram_contents',
  size: 'half',
  draw: (rows, look) => {
    const dimensions = distinct(rows, 'dimension');
    return {
      height: rowsHeight(rows),
      option: rowsChart(look, rows, {
        name: (row) => `${label(look, 'dimension', row)}: ${label(look, 'category', row)}`,
        count: 'messages',
        title: look.t('messages'),
        colour: (row) => colourOf(look.palette, dimensions.indexOf(s(row, 'dimension'))),
        more: (row) => [['%', look.format.share(row['share'])]],
      }),
    };
  },
};

const REACTIONS: CardSpec = {
  figure: 'telegram_reactions',
  size: 'third',
  draw: (rows, look) => ({
    height: rowsHeight(rows),
    option: rowsChart(look, rows, {
      name: (row) => label(look, 'reaction', row),
      count: 'added',
      title: look.t('total'),
    }),
  }),
};

const MEMBERS: CardSpec = {
  figure: 'telegram_members',
  size: 'wide',
  draw: (rows, look) => {
    const [blue = '', orange = '', , purple = ''] = look.palette.series;
    return {
      height: 280,
      option: stackedBars(look, daysIn(rows), [
        seriesOf(rows, look.t('joins'), blue, 'joins'),
        { ...seriesOf(rows, look.t('leaves'), orange, 'leaves'), isNegative: true },
        { ...seriesOf(rows, look.t('blocks'), purple, 'blocks'), isNegative: true },
      ]),
    };
  },
};

/** The page. */
export const telegramPage = (app: App): Part =>
  figurePage(app, [
    { title: 'glance', parts: [PEOPLE, CONVERSATIONS] },
    { title: 'volume', parts: [VOLUME, HOURS, peopleOverTime('telegram_people_over_time')] },
    { title: 'talks', parts: [RESPONSE, WAITS, CONCENTRATION, TOP] },
    { title: 'writing', parts: [RANGES, LENGTHS, WORDS, CONTENTS] },
    { title: 'membership', parts: [MEMBERS, REACTIONS] },
  ]);
