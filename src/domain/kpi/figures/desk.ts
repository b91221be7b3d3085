/** The desk: how much, by which channel, when, by whom, and what they chose. */
import { literal } from '../../sql.ts';
import {
  type Asked,
  type Figure,
  allPoints,
  columns,
  deskSpan,
  heatSql,
  inDays,
  isFirstInPoint,
  ofChannel,
  pointOf,
} from './figure.ts';
import { text } from '../../text.ts';

const COMMON = { source: 'desk', smallCells: 'open', days: 'event', byChannel: true, bySource: false } as const;
const INTERACTIONS = text('interactions of the range', 'atendimentos do período');

const DESK_VOLUME: Figure = {
  ...COMMON,
  id: 'desk_volume',
  title: text('Interactions over time', 'Atendimentos ao longo do tempo'),
  definition: text(
    'Finished interactions by local day and channel; days without any are zero.',
    'Atendimentos concluídos por dia local e canal; dias sem atendimento contam zero.',
  ),
  formula: text('count(interactions)', 'total de atendimentos'),
  numerator: INTERACTIONS,
  denominator: null,
  missing: text('an unknown channel has a row of its own', 'canal desconhecido tem linha própria'),
  columns: columns('day', 'channel', 'interactions'),
  sql: (asked) => `WITH span AS (${deskSpan(asked)}),
  counts AS (SELECT ${pointOf(asked, 'event_date')} AS day, coalesce(channel, '') AS channel, count(*) AS n FROM span GROUP BY ALL),
  kinds AS (SELECT DISTINCT channel FROM counts)
SELECT p.day::VARCHAR AS day, k.channel AS channel, coalesce(n, 0)::INTEGER AS interactions
FROM ${allPoints(asked)} AS p CROSS JOIN kinds AS k LEFT JOIN counts ON counts.day = p.day AND counts.channel = k.channel ORDER BY ALL`,
};

const DESK_HOURS: Figure = {
  ...COMMON,
  id: 'desk_hours',
  title: text('When people come', 'Quando as pessoas procuram'),
  definition: text(
    'Interactions by local hour and ISO weekday; the darkest cell is the busiest hour.',
    'Atendimentos por hora local e dia da semana; a célula mais escura é a hora de maior movimento.',
  ),
  formula: text('count(interactions) by hour × weekday', 'total de atendimentos por hora × dia da semana'),
  numerator: INTERACTIONS,
  denominator: null,
  missing: null,
  columns: columns('weekday', 'hour', 'messages').map((column) =>
    column.name === 'messages' ? { ...column, title: text('Interactions', 'Atendimentos') } : column,
  ),
  sql: (asked) => heatSql(deskSpan(asked)),
};

const DESK_CHANNELS: Figure = {
  ...COMMON,
  id: 'desk_channels',
  title: text('Channels', 'Canais'),
  definition: text(
    'Interactions by channel, each channel’s share, and how well it served: solved and scored 8 or more.',
    'Atendimentos por canal, a proporção de cada canal e como atendeu: resolvidos e com nota 8 ou mais.',
  ),
  formula: text('count(channel) / count(interactions)', 'atendimentos do canal / atendimentos'),
  numerator: text('interactions of the channel', 'atendimentos do canal'),
  denominator: INTERACTIONS,
  missing: text('an unknown channel has a row of its own', 'canal desconhecido tem linha própria'),
  columns: columns('channel', 'interactions', 'share', 'solved', 'solved_known', 'good', 'scored'),
  sql: (asked) => `WITH span AS (${deskSpan(asked)})
SELECT coalesce(channel, '') AS channel, count(*)::INTEGER AS interactions, round(count(*) / sum(count(*)) OVER (), 4)::DOUBLE AS share,
  count(*) FILTER (WHERE solved)::INTEGER AS solved, count(solved)::INTEGER AS solved_known,
  count(*) FILTER (WHERE service_score >= 8)::INTEGER AS good, count(service_score)::INTEGER AS scored
FROM span GROUP BY channel ORDER BY interactions DESC, channel`,
};

const DESK_PEOPLE: Figure = {
  ...COMMON,
  id: 'desk_people',
  title: text('People served', 'Pessoas atendidas'),
  definition: text(
    'Different people by their CPF’s pseudonym: new ones have no interaction before the range, returning ones have; interactions without a valid CPF are counted apart, because they may be anyone’s.',
    'Pessoas diferentes pelo pseudônimo do CPF: novas não têm atendimento antes do período, as demais voltaram; atendimentos sem CPF válido são contados à parte, pois podem ser de qualquer um.',
  ),
  formula: text('count(distinct person)', 'total de pessoas diferentes'),
  numerator: text('different pseudonyms', 'pseudônimos diferentes'),
  denominator: null,
  missing: text('interactions without a valid CPF', 'atendimentos sem CPF válido'),
  columns: columns('people', 'new', 'returning', 'unknown', 'interactions'),
  sql: (
    asked,
  ) => `WITH firsts AS (SELECT begun FROM (${visits(asked)}) WHERE ${isFirst(asked)}), span AS (SELECT person FROM (${deskSpan(asked)}))
SELECT (SELECT count(*) FROM firsts)::INTEGER AS people, (SELECT count(*) FROM firsts WHERE begun >= DATE ${literal(asked.from)})::INTEGER AS new,
  (SELECT count(*) FROM firsts WHERE begun < DATE ${literal(asked.from)})::INTEGER AS returning, count(*) FILTER (WHERE person IS NULL)::INTEGER AS unknown, count(*)::INTEGER AS interactions FROM span`,
};

const DESK_PEOPLE_OVER_TIME: Figure = {
  ...COMMON,
  id: 'desk_people_over_time',
  title: text('People over time', 'Pessoas ao longo do tempo'),
  definition: text(
    'Different people of each day, week or month; new are those whose first interaction ever lies in it.',
    'Pessoas diferentes de cada dia, semana ou mês; novas são as que tiveram nele o primeiro atendimento.',
  ),
  formula: text('count(distinct person) of each point', 'total de pessoas diferentes de cada ponto'),
  numerator: text('different pseudonyms', 'pseudônimos diferentes'),
  denominator: null,
  missing: text('interactions without a valid CPF', 'atendimentos sem CPF válido'),
  columns: columns('day', 'people', 'new'),
  sql: (
    asked,
  ) => `WITH counts AS (SELECT ${pointOf(asked, 'event_date')} AS day, count(*) AS people, count(*) FILTER (WHERE ${pointOf(asked, 'begun')} = ${pointOf(asked, 'event_date')}) AS new
    FROM (${visits(asked)}) WHERE ${isFirstInPoint(asked, asked.channel === undefined ? 'before' : 'before_in_channel')} GROUP BY ALL)
SELECT p.day::VARCHAR AS day, coalesce(people, 0)::INTEGER AS people, coalesce(new, 0)::INTEGER AS new FROM ${allPoints(asked)} AS p LEFT JOIN counts ON counts.day = p.day ORDER BY day`,
};

const DESK_AGES: Figure = {
  ...COMMON,
  id: 'desk_ages',
  title: text('Ages', 'Idades'),
  definition: text('Interactions by ten-year band of the age.', 'Atendimentos por faixa de dez anos de idade.'),
  formula: text('count(interactions) by band', 'total de atendimentos por faixa'),
  numerator: INTERACTIONS,
  denominator: null,
  missing: text('an unknown age has a row of its own', 'idade desconhecida tem linha própria'),
  columns: columns('age_band', 'interactions'),
  sql: (asked) => `WITH span AS (${deskSpan(asked)})
SELECT coalesce(age_band, '') AS age_band, count(*)::INTEGER AS interactions FROM span GROUP BY age_band ORDER BY min(age) NULLS LAST`,
};

const DESK_ISSUES: Figure = {
  ...COMMON,
  id: 'desk_issues',
  title: text('What had to be repaired or left out', 'O que precisou ser reparado ou deixado de fora'),
  definition: text(
    'Interactions that are used although a field of theirs was repaired, unknown or wrong, by field and issue.',
    'Atendimentos aproveitados embora um campo tenha sido reparado, desconhecido ou errado, por campo e ocorrência.',
  ),
  formula: text('interactions with the issue / interactions', 'atendimentos com a ocorrência / atendimentos'),
  numerator: text('interactions with the issue', 'atendimentos com a ocorrência'),
  denominator: INTERACTIONS,
  missing: null,
  columns: columns('field', 'code', 'interactions', 'share'),
  sql: (
    asked,
  ) => `SELECT field, code, sum(n)::INTEGER AS interactions, round(sum(n) / (SELECT count(*) FROM (${deskSpan(asked)})), 4)::DOUBLE AS share
FROM desk_issues WHERE ${inDays(asked)}${ofChannel(asked)} GROUP BY ALL ORDER BY interactions DESC, field, code`,
};

/** Interactions of known people in the range. */
export const visits = (asked: Asked): string => `SELECT * FROM desk_visits WHERE ${inDays(asked)}${ofChannel(asked)}`;

/** The condition that a visit is the person's first one in the range. */
export const isFirst = ({ from, channel }: Asked): string => {
  const before = channel === undefined ? 'before' : 'before_in_channel';
  return `(${before} IS NULL OR ${before} < DATE ${literal(from)})`;
};

export const DESK_FIGURES: readonly Figure[] = [
  DESK_VOLUME,
  DESK_HOURS,
  DESK_CHANNELS,
  DESK_PEOPLE,
  DESK_PEOPLE_OVER_TIME,
  DESK_AGES,
  DESK_ISSUES,
];
