/** Telegram's people: who writes, in which conversations, how soon the bot answers, and how few write how much. */
import { literal } from '../../sql.ts';
import { GAP_MINUTES } from './derived-telegram.ts';
import {
  type Asked,
  type Figure,
  allPoints,
  byAPerson,
  columns,
  inDays,
  isFirstInPoint,
  pointOf,
  telegramSpan,
} from './figure.ts';
import { text } from '../../text.ts';

const COMMON = { source: 'telegram', smallCells: 'open', days: 'event', byChannel: false, bySource: false } as const;
/** Days of the range on which people wrote. */
const writers = (asked: Asked): string => `SELECT * FROM telegram_writers WHERE ${inDays(asked)}`;

const PSEUDONYMS = text('different pseudonyms', 'pseudônimos diferentes');
const NOBODY = text(
  'messages written on behalf of a chat, or by bots',
  'mensagens escritas em nome de uma conversa ou por robôs',
);

const TELEGRAM_PEOPLE: Figure = {
  ...COMMON,
  id: 'telegram_people',
  title: text('People', 'Pessoas'),
  definition: text(
    'Different people who wrote: new ones never wrote before the range, returning ones did.',
    'Pessoas diferentes que escreveram: novas nunca tinham escrito antes do período, as demais voltaram.',
  ),
  formula: text('count(distinct person)', 'total de pessoas diferentes'),
  numerator: PSEUDONYMS,
  denominator: null,
  missing: NOBODY,
  columns: columns('people', 'new', 'returning', 'messages', 'unknown'),
  sql: (
    asked,
  ) => `WITH span AS (${writers(asked)}), firsts AS (SELECT begun FROM span WHERE before IS NULL OR before < DATE ${literal(asked.from)})
SELECT (SELECT count(*) FROM firsts)::INTEGER AS people, (SELECT count(*) FROM firsts WHERE begun >= DATE ${literal(asked.from)})::INTEGER AS new,
  (SELECT count(*) FROM firsts WHERE begun < DATE ${literal(asked.from)})::INTEGER AS returning, (SELECT coalesce(sum(messages), 0) FROM span)::INTEGER AS messages,
  (SELECT count(*) FROM (${telegramSpan(asked)}) WHERE direction = 'in' AND (${byAPerson()}) IS NOT TRUE)::INTEGER AS unknown`,
};

const TELEGRAM_PEOPLE_OVER_TIME: Figure = {
  ...COMMON,
  id: 'telegram_people_over_time',
  title: text('People over time', 'Pessoas ao longo do tempo'),
  definition: text(
    'Different people who wrote in each day, week or month; new are those who wrote for the first time ever in it.',
    'Pessoas diferentes que escreveram em cada dia, semana ou mês; novas são as que escreveram nele pela primeira vez.',
  ),
  formula: text('count(distinct person) of each point', 'total de pessoas diferentes de cada ponto'),
  numerator: PSEUDONYMS,
  denominator: null,
  missing: NOBODY,
  columns: columns('day', 'people', 'new'),
  sql: (
    asked,
  ) => `WITH counts AS (SELECT ${pointOf(asked, 'event_date')} AS day, count(*) AS people, count(*) FILTER (WHERE ${pointOf(asked, 'begun')} = ${pointOf(asked, 'event_date')}) AS new
    FROM (${writers(asked)}) WHERE ${isFirstInPoint(asked, 'before')} GROUP BY ALL)
SELECT p.day::VARCHAR AS day, coalesce(people, 0)::INTEGER AS people, coalesce(new, 0)::INTEGER AS new FROM ${allPoints(asked)} AS p LEFT JOIN counts ON counts.day = p.day ORDER BY day`,
};

const TELEGRAM_CONCENTRATION: Figure = {
  ...COMMON,
  id: 'telegram_concentration',
  title: text('How few write 80\u00a0%', 'Quão poucas pessoas escrevem 80\u00a0%'),
  definition: text(
    'The smallest number of people who together wrote 80 % of the messages, and their share of all people.',
    'O menor número de pessoas que juntas escreveram 80 % das mensagens, e sua proporção entre todas.',
  ),
  formula: text('people needed for 80 % / people', 'pessoas necessárias para 80 % / pessoas'),
  numerator: text('people needed', 'pessoas necessárias'),
  denominator: text('people who wrote', 'pessoas que escreveram'),
  missing: NOBODY,
  columns: columns('numerator', 'denominator', 'value'),
  sql: (asked) => `WITH each AS (SELECT person, sum(messages) AS n FROM (${writers(asked)}) GROUP BY person),
  ranked AS (SELECT n, sum(n) OVER (ORDER BY n DESC, person ROWS UNBOUNDED PRECEDING) AS upto, sum(n) OVER () AS total FROM each),
  sums AS (SELECT count(*) FILTER (WHERE upto - n < 0.8 * total) AS few, count(*) AS people FROM ranked)
SELECT few::INTEGER AS numerator, people::INTEGER AS denominator, round(few / nullif(people, 0), 4)::DOUBLE AS value FROM sums`,
};

const TELEGRAM_TOP_PEOPLE: Figure = {
  ...COMMON,
  id: 'telegram_top_people',
  title: text('The ten who write most', 'As dez que mais escrevem'),
  definition: text(
    'Messages of the ten people who wrote most, by rank and without saying who they are.',
    'Mensagens das dez pessoas que mais escreveram, por posição e sem dizer quem são.',
  ),
  formula: text('messages of the person / messages of people', 'mensagens da pessoa / mensagens de pessoas'),
  numerator: text('messages of the person at this rank', 'mensagens da pessoa nesta posição'),
  denominator: text('messages of people', 'mensagens de pessoas'),
  missing: NOBODY,
  columns: columns('rank', 'messages', 'share'),
  sql: (asked) => `WITH each AS (SELECT person, sum(messages) AS n FROM (${writers(asked)}) GROUP BY person)
SELECT row_number() OVER (ORDER BY n DESC, person)::INTEGER AS rank, n::INTEGER AS messages, round(n / sum(n) OVER (), 4)::DOUBLE AS share FROM each ORDER BY rank LIMIT 10`,
};

const TELEGRAM_CONVERSATIONS: Figure = {
  ...COMMON,
  id: 'telegram_conversations',
  title: text('Conversations', 'Conversas'),
  definition: text(
    `A person’s messages in a chat until ${GAP_MINUTES} minutes pass without one; a conversation belongs to the local day of its first message, whatever order its messages came in.`,
    `Mensagens de uma pessoa em uma conversa até passarem ${GAP_MINUTES} minutos sem nenhuma; pertence ao dia local da primeira mensagem, seja qual for a ordem em que chegaram.`,
  ),
  formula: text(
    'count(conversations); messages / conversations; last − first',
    'total de conversas; mensagens / conversas; última − primeira',
  ),
  numerator: text('messages; seconds', 'mensagens; segundos'),
  denominator: text('conversations', 'conversas'),
  missing: NOBODY,
  columns: columns('conversations', 'messages', 'mean', 'median', 'p50_seconds', 'p90_seconds').map((column) => {
    if (column.name === 'mean') return { ...column, title: text('Messages, mean', 'Mensagens, média') };
    return column.name === 'median' ? { ...column, title: text('Messages, median', 'Mensagens, mediana') } : column;
  }),
  sql: (
    asked,
  ) => `SELECT conversations, total AS messages, mean, middle AS median, quantiles[1]::DOUBLE AS p50_seconds, quantiles[2]::DOUBLE AS p90_seconds
FROM (SELECT count(*)::INTEGER AS conversations, coalesce(sum(messages), 0)::INTEGER AS total, round(avg(messages), 2)::DOUBLE AS mean, median(messages)::DOUBLE AS middle,
  quantile_cont(lasted, [0.5, 0.9]) AS quantiles FROM telegram_conversations WHERE ${inDays(asked)})`,
};

const WAITS = [1, 4, 8, 24];
const RANGES = [
  ...WAITS.map((high, i) => ({
    low: i === 0 ? 0 : (WAITS[i - 1] ?? 0),
    high,
    name: `${i === 0 ? 0 : (WAITS[i - 1] ?? 0)}–${high} h`,
  })),
  { low: 24, high: 1e9, name: '24+ h' },
];

const TELEGRAM_FIRST_RESPONSE: Figure = {
  ...COMMON,
  id: 'telegram_first_response',
  title: text('First response', 'Primeira resposta'),
  definition: text(
    'Time from a conversation’s first message to the bot’s first message in the chat, before the person’s next conversation; unanswered ones are counted apart.',
    'Tempo da primeira mensagem de uma conversa até a primeira do robô nela, antes da conversa seguinte da pessoa; as não respondidas são contadas à parte.',
  ),
  formula: text(
    'first message of the bot − first message of the person',
    'primeira mensagem do robô − primeira mensagem da pessoa',
  ),
  numerator: text('seconds until the first response', 'segundos até a primeira resposta'),
  denominator: text('answered conversations', 'conversas respondidas'),
  missing: text('unanswered conversations', 'conversas não respondidas'),
  columns: columns('denominator', 'missing', 'value', 'p50_seconds', 'p90_seconds').map((column) =>
    column.name === 'value' ? { ...column, kind: 'share' as const, title: text('Answered', 'Respondidas') } : column,
  ),
  sql: (
    asked,
  ) => `SELECT denominator, missing, round(denominator / nullif(denominator + missing, 0), 4)::DOUBLE AS value, quantiles[1]::DOUBLE AS p50_seconds, quantiles[2]::DOUBLE AS p90_seconds
FROM (SELECT count(waited)::INTEGER AS denominator, (count(*) - count(waited))::INTEGER AS missing, quantile_cont(waited, [0.5, 0.9]) AS quantiles FROM telegram_conversations WHERE ${inDays(asked)})`,
};

const TELEGRAM_WAITS: Figure = {
  ...COMMON,
  id: 'telegram_waits',
  title: text('How long people waited', 'Quanto as pessoas esperaram'),
  definition: text(
    'Conversations by the hours until the bot’s first message, and those without one.',
    'Conversas pelas horas até a primeira mensagem do robô, e as que ficaram sem nenhuma.',
  ),
  formula: text('count(conversations) by hours waited', 'total de conversas por horas de espera'),
  numerator: text('conversations of the range', 'conversas da faixa'),
  denominator: null,
  missing: text('unanswered conversations, in a row of their own', 'conversas não respondidas, em linha própria'),
  columns: columns('bucket', 'conversations'),
  sql: (asked) => `WITH span AS (SELECT waited FROM telegram_conversations WHERE ${inDays(asked)})
${RANGES.map(({ low, high, name }, i) => `SELECT ${i} AS n, '${name}' AS bucket, count(*) FILTER (WHERE waited >= ${low * 3600} AND waited < ${high * 3600})::INTEGER AS conversations FROM span`).join('\nUNION ALL ')}
UNION ALL SELECT 9, '', count(*) FILTER (WHERE waited IS NULL)::INTEGER FROM span ORDER BY n`,
  finish: (rows) => rows.map(({ bucket, conversations }) => ({ bucket, conversations })),
};

export const TELEGRAM_PEOPLE_FIGURES: readonly Figure[] = [
  TELEGRAM_PEOPLE,
  TELEGRAM_PEOPLE_OVER_TIME,
  TELEGRAM_CONCENTRATION,
  TELEGRAM_TOP_PEOPLE,
  TELEGRAM_CONVERSATIONS,
  TELEGRAM_FIRST_RESPONSE,
  TELEGRAM_WAITS,
];
