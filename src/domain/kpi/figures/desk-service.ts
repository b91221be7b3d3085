/** How well people were served: the desk's measures with their counts, in all and over time, and who had to come again. */
import { DESK_MEASURES, DESK_SHOWN, MEDIAN_SCORE } from '../desk.ts';
import { visits } from './desk.ts';
import { type Asked, type Figure, SECOND, columns, deskSpan, microseconds, pointOf, ratio } from './figure.ts';
import { text } from '../../text.ts';

const COMMON = { source: 'desk', smallCells: 'open', days: 'event', byChannel: true, bySource: false } as const;
const KNOWN = text('interactions where it is known', 'atendimentos em que é conhecido');
const UNKNOWN = text('interactions where it is not known', 'atendimentos em que não é conhecido');

/** What is followed over time. */
const FOLLOWED = ['csat', 'nps_style', 'resolution', 'mean_score'];

const sums = DESK_MEASURES.map(({ id, kind, numerator, denominator }) => {
  const term = kind === 'share' ? `CASE WHEN ${numerator} THEN 1 ELSE 0 END` : numerator;
  return `coalesce(sum(${term}) FILTER (WHERE ${denominator}), 0) AS n_${id}, count(*) FILTER (WHERE ${denominator}) AS d_${id}`;
}).join(', ');

const DESK_MEASURED: Figure = {
  ...COMMON,
  id: 'desk_measures',
  title: text('How people were served', 'Como as pessoas foram atendidas'),
  definition: text(
    `Each with its counts. ${DESK_SHOWN.map(({ title, definition }) => `${title}: ${definition}`).join(' ')}`,
    `Cada um com suas contagens. ${DESK_SHOWN.map(({ titlePt, definitionPt }) => `${titlePt}: ${definitionPt}`).join(' ')}`,
  ),
  formula: text(
    'numerator / denominator; the denominator leaves out what is not known',
    'numerador / denominador; o denominador deixa de fora o que não se sabe',
  ),
  numerator: text('what the figure counts', 'o que o indicador conta'),
  denominator: KNOWN,
  missing: UNKNOWN,
  columns: columns('measure', 'numerator', 'denominator', 'missing', 'value'),
  sql: (asked) => `WITH span AS (${deskSpan(asked)}),
  sums AS (SELECT count(*) AS total, ${sums}, median(service_score) AS middle FROM span)
${DESK_MEASURES.map(({ id }) => `SELECT '${id}' AS measure, ${ratio(`n_${id}`, `d_${id}`, 'total')} FROM sums`).join('\nUNION ALL ')}
UNION ALL SELECT '${MEDIAN_SCORE.id}', NULL, d_mean_score::INTEGER, (total - d_mean_score)::INTEGER, middle::DOUBLE FROM sums`,
};

const DESK_MEASURED_OVER_TIME: Figure = {
  ...COMMON,
  id: 'desk_measures_over_time',
  title: text('Satisfaction and resolution over time', 'Satisfação e resolução ao longo do tempo'),
  definition: text(
    'CSAT, NPS-style score, resolution rate and mean score of each day, week or month with interactions.',
    'CSAT, índice no estilo NPS, taxa de resolução e nota média de cada dia, semana ou mês com atendimentos.',
  ),
  formula: text('numerator / denominator of each point', 'numerador / denominador de cada ponto'),
  numerator: text('what the figure counts', 'o que o indicador conta'),
  denominator: KNOWN,
  missing: UNKNOWN,
  columns: columns('day', 'measure', 'numerator', 'denominator', 'missing', 'value'),
  sql: (asked) => `WITH span AS (${deskSpan(asked)}),
  sums AS (SELECT ${pointOf(asked, 'event_date')} AS point, count(*) AS total, ${sums} FROM span GROUP BY ALL)
${FOLLOWED.map((id) => `SELECT point::VARCHAR AS day, '${id}' AS measure, ${ratio(`n_${id}`, `d_${id}`, 'total')} FROM sums`).join('\nUNION ALL ')}
ORDER BY day, measure`,
};

const DESK_SCORES: Figure = {
  ...COMMON,
  id: 'desk_scores',
  title: text('Scores', 'Notas'),
  definition: text(
    'Interactions by the score given, 0 to 10, and those without a score.',
    'Atendimentos pela nota dada, de 0 a 10, e os sem nota.',
  ),
  formula: text('count(interactions) by score', 'total de atendimentos por nota'),
  numerator: text('interactions with the score', 'atendimentos com a nota'),
  denominator: null,
  missing: text('interactions without a score, in a row of their own', 'atendimentos sem nota, em linha própria'),
  columns: columns('score', 'interactions'),
  sql: (
    asked,
  ) => `WITH span AS (${deskSpan(asked)}), counts AS (SELECT service_score, count(*) AS n FROM span GROUP BY ALL)
SELECT s.score::INTEGER AS score, coalesce(n, 0)::INTEGER AS interactions FROM (SELECT unnest(range(0, 11)) AS score) AS s LEFT JOIN counts ON service_score = s.score
UNION ALL SELECT NULL, n::INTEGER FROM counts WHERE service_score IS NULL
ORDER BY score NULLS LAST`,
};

const HOURS = [24, 72, 168];
const HORIZON = '(SELECT max(occurred_at) FROM desk_interactions_current)';
const UNTIL_NEXT = microseconds('occurred_at', 'next_at');
const within = (hours: number): number => hours * 3600 * SECOND;
/** The condition that so many hours have passed since, as far as anybody knows. */
const isOver = (hours: number): string => `${microseconds('occurred_at', HORIZON)} >= ${within(hours)}`;

const DESK_RECONTACT: Figure = {
  ...COMMON,
  id: 'desk_recontact',
  title: text('Came again', 'Voltaram a procurar'),
  definition: text(
    'Interactions followed by another of the same person within 24 hours, 72 hours or 7 days, of those whose time to come again is over.',
    'Atendimentos seguidos de outro da mesma pessoa em até 24 horas, 72 horas ou 7 dias, dos que já completaram esse prazo.',
  ),
  formula: text(
    'followed within h / interactions of known people older than h',
    'seguidos de outro em até h / atendimentos de pessoas conhecidas há mais de h',
  ),
  numerator: text('followed by another of the same person', 'seguidos de outro da mesma pessoa'),
  denominator: text(
    'interactions of known people with a complete follow-up',
    'atendimentos de pessoas identificadas com prazo completo',
  ),
  missing: text(
    'interactions of nobody known, or too recent',
    'atendimentos sem pessoa identificada ou recentes demais',
  ),
  columns: columns('hours', 'numerator', 'denominator', 'missing', 'value'),
  sql: (asked) => `WITH span AS (${visits(asked)}), total AS (SELECT count(*) AS n FROM (${deskSpan(asked)})),
  sums AS (SELECT ${HOURS.map(
    (hours) =>
      `count(*) FILTER (WHERE ${isOver(hours)}) AS d_${hours}, count(*) FILTER (WHERE ${isOver(hours)} AND ${UNTIL_NEXT} <= ${within(hours)}) AS n_${hours}`,
  ).join(', ')} FROM span)
${HOURS.map((hours) => `SELECT ${hours} AS hours, ${ratio(`n_${hours}`, `d_${hours}`, 'total.n')} FROM sums, total`).join('\nUNION ALL ')} ORDER BY hours`,
};

const DIGITAL = "channel IN ('whatsapp', 'telegram', 'chat', 'email', 'sms')";
const contained = `NOT asked_attendant AND (next_at IS NULL OR ${UNTIL_NEXT} > ${within(24)})`;

const DESK_CONTAINMENT: Figure = {
  ...COMMON,
  id: 'desk_containment',
  title: text('Solved by the bot alone', 'Contidos pelo robô'),
  definition: text(
    'Interactions by a digital channel that neither asked for an attendant nor were followed by another of the same person within 24 hours.',
    'Atendimentos por canal digital que não pediram atendente nem foram seguidos de outro da mesma pessoa em 24 horas.',
  ),
  formula: text(
    'contained / digital interactions with a menu, a known person and 24 hours behind them',
    'contidos / atendimentos digitais com menu, pessoa conhecida e 24 horas passadas',
  ),
  numerator: text('contained interactions', 'atendimentos contidos'),
  denominator: text('digital interactions that can be judged', 'atendimentos digitais que podem ser avaliados'),
  missing: text(
    'digital interactions without menu, of nobody known, or too recent',
    'atendimentos digitais sem menu, sem pessoa identificada ou recentes demais',
  ),
  columns: columns('numerator', 'denominator', 'missing', 'value'),
  sql: (
    asked: Asked,
  ) => `WITH judged AS (SELECT * FROM (${visits(asked)}) WHERE ${DIGITAL} AND has_menu AND ${isOver(24)}),
  sums AS (SELECT count(*) AS d, count(*) FILTER (WHERE ${contained}) AS n FROM judged),
  total AS (SELECT count(*) AS n FROM (${deskSpan(asked)}) WHERE ${DIGITAL})
SELECT ${ratio('sums.n', 'sums.d', 'total.n')} FROM sums, total`,
};

export const SERVICE_FIGURES: readonly Figure[] = [
  DESK_MEASURED,
  DESK_MEASURED_OVER_TIME,
  DESK_SCORES,
  DESK_RECONTACT,
  DESK_CONTAINMENT,
];
