/** What people chose in the desk's menu, in which order, and how it ended. */
import { type Asked, type Figure, columns, inDays, ofChannel } from './figure.ts';
import { text } from '../../text.ts';

const COMMON = { source: 'desk', smallCells: 'open', days: 'event', byChannel: true, bySource: false } as const;

/** Ways through the menu that were taken in the range. */
const ways = (asked: Asked): string =>
  `WITH ways AS (SELECT services, len(services) AS steps, sum(n) AS n, sum(solved) AS solved, sum(solved_known) AS solved_known, sum(good) AS good, sum(scored) AS scored
    FROM desk_ways WHERE ${inDays(asked)}${ofChannel(asked)} GROUP BY services)`;

/** Of some of these ways: how many were solved and scored well, of how many it is known. */
const HOW_THEY_ENDED =
  'sum(solved)::INTEGER AS solved, sum(solved_known)::INTEGER AS solved_known, sum(good)::INTEGER AS good, sum(scored)::INTEGER AS scored';

const DESK_SERVICES: Figure = {
  ...COMMON,
  id: 'desk_services',
  title: text('Services chosen', 'Serviços escolhidos'),
  definition: text(
    'Interactions that chose a menu option, of those with a menu; how often it came first or last, and how those interactions ended.',
    'Atendimentos que escolheram uma opção do menu, dos que têm menu; quantas vezes veio primeiro ou por último e como esses atendimentos terminaram.',
  ),
  formula: text(
    'interactions with the option / interactions with a menu',
    'atendimentos com a opção / atendimentos com menu',
  ),
  numerator: text('interactions with the option', 'atendimentos com a opção'),
  denominator: text('interactions with a menu', 'atendimentos com menu'),
  missing: text('interactions without a menu', 'atendimentos sem menu'),
  columns: columns('option', 'interactions', 'share', 'first', 'last', 'solved', 'solved_known', 'good', 'scored'),
  sql: (asked) => `${ways(asked)},
  each AS (SELECT *, unnest(list_distinct(services)) AS option FROM ways)
SELECT option, sum(n)::INTEGER AS interactions, round(sum(n) / (SELECT sum(n) FROM ways), 4)::DOUBLE AS share,
  coalesce(sum(n) FILTER (WHERE services[1] = option), 0)::INTEGER AS first, coalesce(sum(n) FILTER (WHERE services[steps] = option), 0)::INTEGER AS last,
  ${HOW_THEY_ENDED}
FROM each GROUP BY option ORDER BY interactions DESC, option`,
};

/** Deeper steps of a menu are few, and no picture shows them. */
const MOST_STEPS = 6;

const DESK_FUNNEL: Figure = {
  ...COMMON,
  id: 'desk_funnel',
  title: text('The way through the menu', 'O caminho pelo menu'),
  definition: text(
    `From one chosen option to the next, step by step; an empty word is the beginning or the end. The first ${MOST_STEPS} steps.`,
    `De uma opção escolhida à seguinte, passo a passo; uma palavra vazia é o início ou o fim. Os primeiros ${MOST_STEPS} passos.`,
  ),
  formula: text(
    'count(option at step i followed by option at step i + 1)',
    'total de vezes em que a opção do passo i é seguida pela do passo i + 1',
  ),
  numerator: text('interactions that took this step', 'atendimentos que deram este passo'),
  denominator: null,
  missing: text('interactions without a menu', 'atendimentos sem menu'),
  columns: columns('step', 'from_option', 'to_option', 'interactions'),
  sql: (asked) => `${ways(asked)},
  steps AS (SELECT n, unnest(range(1, steps + 1)) AS place, services FROM ways)
SELECT 0 AS step, '' AS from_option, services[1] AS to_option, sum(n)::INTEGER AS interactions FROM ways GROUP BY ALL
UNION ALL SELECT place::INTEGER, services[place], coalesce(services[place + 1], ''), sum(n)::INTEGER FROM steps WHERE place <= ${MOST_STEPS} GROUP BY ALL
ORDER BY ALL`,
};

const MOST_PATHS = 20;

const DESK_PATHS: Figure = {
  ...COMMON,
  id: 'desk_paths',
  title: text('Whole ways, and how they ended', 'Caminhos inteiros e como terminaram'),
  definition: text(
    `Interactions by the options they chose, in their order; how many were solved, and scored 8 or more. The ${MOST_PATHS} most frequent; of a longer way the first ${MOST_STEPS} options.`,
    `Atendimentos pelas opções escolhidas, na ordem em que foram; quantos foram resolvidos e com nota 8 ou mais. Os ${MOST_PATHS} mais frequentes; de um caminho mais longo, as primeiras ${MOST_STEPS} opções.`,
  ),
  formula: text(
    'interactions of the way / interactions with a menu',
    'atendimentos do caminho / atendimentos com menu',
  ),
  numerator: text('interactions that took this way', 'atendimentos que fizeram este caminho'),
  denominator: text('interactions with a menu', 'atendimentos com menu'),
  missing: text('interactions without a menu', 'atendimentos sem menu'),
  columns: columns('path', 'interactions', 'share', 'solved', 'solved_known', 'good', 'scored'),
  sql: (asked) => `${ways(asked)},
  paths AS (SELECT *, array_to_string(services[1:${MOST_STEPS}], ' → ') || CASE WHEN steps > ${MOST_STEPS} THEN ' → …' ELSE '' END AS path FROM ways)
SELECT path, sum(n)::INTEGER AS interactions, round(sum(n) / (SELECT sum(n) FROM ways), 4)::DOUBLE AS share,
  ${HOW_THEY_ENDED}
FROM paths GROUP BY path ORDER BY interactions DESC, path LIMIT ${MOST_PATHS}`,
};

export const MENU_FIGURES: readonly Figure[] = [DESK_SERVICES, DESK_FUNNEL, DESK_PATHS];
