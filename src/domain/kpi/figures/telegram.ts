/** Telegram: how much is written, when, what, and how long. */
import { literal } from '../../sql.ts';
import { type Asked, type Figure, allPoints, columns, heatSql, inDays, pointOf, telegramSpan } from './figure.ts';
import { text } from '../../text.ts';

const COMMON = { source: 'telegram', smallCells: 'open', days: 'event', byChannel: false, bySource: false } as const;
const WRITTEN = text('messages written in the range', 'mensagens escritas no período');

const TELEGRAM_VOLUME: Figure = {
  ...COMMON,
  id: 'telegram_volume',
  title: text('Messages over time', 'Mensagens ao longo do tempo'),
  definition: text(
    'Messages written by local day, those of people (in) and those of the bot (out); what Telegram says of a chat is none.',
    'Mensagens escritas por dia local, as das pessoas (in) e as do robô (out); avisos do Telegram sobre a conversa não contam.',
  ),
  formula: text('count(messages)', 'total de mensagens'),
  numerator: WRITTEN,
  denominator: null,
  missing: null,
  columns: columns('day', 'direction', 'messages'),
  sql: (
    asked,
  ) => `WITH counts AS (SELECT ${pointOf(asked, 'event_date')} AS day, direction, sum(n) AS n FROM telegram_written WHERE ${inDays(asked)} GROUP BY ALL)
SELECT p.day::VARCHAR AS day, d.direction AS direction, coalesce(n, 0)::INTEGER AS messages
FROM ${allPoints(asked)} AS p CROSS JOIN (SELECT unnest(['in', 'out']) AS direction) AS d LEFT JOIN counts ON counts.day = p.day AND counts.direction = d.direction ORDER BY ALL`,
};

const TELEGRAM_HOURS: Figure = {
  ...COMMON,
  id: 'telegram_hours',
  title: text('When people write', 'Quando as pessoas escrevem'),
  definition: text(
    'People’s messages by local hour and ISO weekday; the darkest cell is the busiest hour.',
    'Mensagens das pessoas por hora local e dia da semana; a célula mais escura é a hora de maior movimento.',
  ),
  formula: text('count(messages) by hour × weekday', 'total de mensagens por hora × dia da semana'),
  numerator: WRITTEN,
  denominator: null,
  missing: null,
  columns: columns('weekday', 'hour', 'messages'),
  sql: (asked) => heatSql(`${telegramSpan(asked)} AND direction = 'in'`),
};

const TELEGRAM_CONTENTS: Figure = {
  ...COMMON,
  id: 'telegram_contents',
  title: text('What is written', 'O que se escreve'),
  definition: text(
    'Written messages by type of chat, by what they hold, and how many are edited, replies or forwarded.',
    'Mensagens escritas por tipo de conversa, pelo que contêm e quantas são editadas, respostas ou encaminhadas.',
  ),
  formula: text('count(messages) / count(messages written)', 'mensagens / mensagens escritas'),
  numerator: text('messages of the group', 'mensagens do grupo'),
  denominator: WRITTEN,
  missing: null,
  columns: columns('dimension', 'category', 'messages', 'share'),
  sql: (
    asked,
  ) => `WITH span AS (SELECT * FROM telegram_written WHERE ${inDays(asked)}), total AS (SELECT sum(n) AS n FROM span),
  groups AS (SELECT 'chat_type' AS dimension, coalesce(chat_type, '') AS category, sum(n) AS messages FROM span GROUP BY ALL
    UNION ALL SELECT 'media', coalesce(media, 'text'), sum(n) FROM span GROUP BY ALL
    ${['edited', 'reply', 'forward'].map((kind) => `UNION ALL SELECT 'kind', '${kind}', sum(n) FROM span WHERE ${kind} HAVING sum(n) > 0`).join(' ')})
SELECT dimension, category, messages::INTEGER AS messages, round(messages / nullif(total.n, 0), 4)::DOUBLE AS share FROM groups, total ORDER BY dimension, messages DESC, category`,
};

const TELEGRAM_LENGTHS: Figure = {
  ...COMMON,
  id: 'telegram_lengths',
  title: text('How long messages are', 'Tamanho das mensagens'),
  definition: text(
    'Code points and words of people’s texts: mean, median and 90th percentile; messages without a text are not in it.',
    'Caracteres (code points) e palavras dos textos das pessoas: média, mediana e percentil 90; mensagens sem texto não entram.',
  ),
  formula: text('sum(length) / count(texts)', 'soma dos tamanhos / total de textos'),
  numerator: text('code points or words of the texts', 'caracteres ou palavras dos textos'),
  denominator: text('messages with a text', 'mensagens com texto'),
  missing: text('messages without a text', 'mensagens sem texto'),
  columns: columns('measure', 'mean', 'median', 'p90', 'denominator', 'missing'),
  sql: (asked) => `WITH span AS (${telegramSpan(asked)} AND direction = 'in')
${(
  [
    ['length', 'text_length'],
    ['words', 'word_count'],
  ] as const
)
  .map(
    ([measure, column]) =>
      `SELECT '${measure}' AS measure, round(avg(${column}), 2)::DOUBLE AS mean, median(${column})::DOUBLE AS median, quantile_cont(${column}, 0.9)::DOUBLE AS p90, count(${column})::INTEGER AS denominator, (count(*) - count(${column}))::INTEGER AS missing FROM span`,
  )
  .join('\nUNION ALL ')}`,
};

const EDGES = [10, 20, 50, 100, 200, 500];

const TELEGRAM_LENGTH_RANGES: Figure = {
  ...COMMON,
  id: 'telegram_length_ranges',
  title: text('Lengths of texts', 'Tamanhos dos textos'),
  definition: text(
    'People’s messages with a text, by its code points.',
    'Mensagens de pessoas com texto, pelos caracteres (code points).',
  ),
  formula: text('count(messages) by range of length', 'total de mensagens por faixa de tamanho'),
  numerator: text('messages of the range', 'mensagens da faixa'),
  denominator: null,
  missing: text('messages without a text', 'mensagens sem texto'),
  columns: columns('bucket', 'messages'),
  sql: (
    asked,
  ) => `WITH counts AS (SELECT CASE ${EDGES.map((high, i) => `WHEN text_length <= ${high} THEN ${i}`).join(' ')} ELSE ${EDGES.length} END AS n, count(*) AS c
    FROM (${telegramSpan(asked)} AND direction = 'in' AND text_length IS NOT NULL) GROUP BY ALL), ranges(n, bucket) AS (VALUES ${[
      ...EDGES.map((high, i) => `(${i}, '${i === 0 ? 0 : (EDGES[i - 1] ?? 0) + 1}–${high}')`),
      `(${EDGES.length}, '${(EDGES.at(-1) ?? 0) + 1}+')`,
    ].join(', ')})
SELECT bucket, coalesce(c, 0)::INTEGER AS messages FROM ranges LEFT JOIN counts ON counts.n = ranges.n ORDER BY ranges.n`,
};

/** A word is shown when at least this many people used it. */
export const WORD_PEOPLE = 3;
const MOST_WORDS = 50;

const TELEGRAM_WORDS: Figure = {
  ...COMMON,
  smallCells: 'people',
  id: 'telegram_words',
  title: text('Most frequent words', 'Palavras mais frequentes'),
  definition: text(
    `Words of at least three letters in people’s texts, without stop words, addresses, commands and numbers; only those that ${WORD_PEOPLE} people or more used.`,
    `Palavras de três letras ou mais nos textos das pessoas, sem palavras vazias, endereços, comandos e números; só as usadas por ${WORD_PEOPLE} pessoas ou mais.`,
  ),
  formula: text('count(word)', 'total de vezes que a palavra aparece'),
  numerator: text('uses of the word', 'usos da palavra'),
  denominator: null,
  missing: text('texts that are not kept', 'textos que não são guardados'),
  columns: columns('term', 'uses', 'people'),
  sql: (
    asked,
  ) => `SELECT term, sum(uses)::INTEGER AS uses, (sum(people) FILTER (WHERE before IS NULL OR before < DATE ${literal(asked.from)}))::INTEGER AS people FROM telegram_word_days WHERE ${inDays(asked)}
GROUP BY term HAVING people >= ${WORD_PEOPLE} ORDER BY uses DESC, term LIMIT ${MOST_WORDS}`,
};

const events = (asked: Asked): string => `SELECT * FROM telegram_events_current WHERE ${inDays(asked)}`;

const TELEGRAM_REACTIONS: Figure = {
  ...COMMON,
  id: 'telegram_reactions',
  title: text('Reactions', 'Reações'),
  definition: text(
    'Events that set a reaction, by the reactions that stand after them.',
    'Eventos em que se reagiu a uma mensagem, pelas reações que ficaram.',
  ),
  formula: text('count(reactions set)', 'total de reações colocadas'),
  numerator: text('reactions', 'reações'),
  denominator: null,
  missing: text('reactions that Telegram does not tell the bot', 'reações que o Telegram não informa ao robô'),
  columns: columns('reaction', 'added'),
  sql: (
    asked,
  ) => `SELECT reaction, count(*)::INTEGER AS added FROM (SELECT unnest(reactions) AS reaction FROM (${events(asked)}) WHERE kind = 'message_reaction' AND reactions_added > 0)
GROUP BY ALL ORDER BY added DESC, reaction LIMIT 20`,
};

const TELEGRAM_MEMBERS: Figure = {
  ...COMMON,
  id: 'telegram_members',
  title: text('Joins and leaves', 'Entradas e saídas'),
  definition: text(
    'Who came into the chats and who left, of each day, week or month. Telegram may tell the same twice, by an event and by a service message: of a chat’s day the larger of the two counts. Blocked: private chats that stopped the bot.',
    'Quem entrou nas conversas e quem saiu, em cada dia, semana ou mês. O Telegram pode contar o mesmo duas vezes, por evento e por mensagem de serviço: em cada dia de uma conversa vale a maior das duas. Bloqueios: conversas privadas que pararam o robô.',
  ),
  formula: text('joins − leaves', 'entradas − saídas'),
  numerator: text('joins, leaves', 'entradas, saídas'),
  denominator: null,
  missing: text('what Telegram does not tell the bot', 'o que o Telegram não informa ao robô'),
  columns: columns('day', 'joins', 'leaves', 'net', 'blocks'),
  sql: (asked) => `WITH told AS (
    SELECT event_date, chat, count(*) FILTER (WHERE movement = 'join') AS joins, count(*) FILTER (WHERE movement = 'leave') AS leaves, 0 AS blocks FROM (${events(asked)}) WHERE kind = 'chat_member' GROUP BY ALL),
  served AS (SELECT event_date, chat, sum(CASE WHEN service = 'new_chat_members' THEN coalesce(members, 1) ELSE 0 END) AS joins, count(*) FILTER (WHERE service = 'left_chat_member') AS leaves
    FROM telegram_messages_current WHERE ${inDays(asked)} AND service IN ('new_chat_members', 'left_chat_member') GROUP BY ALL),
  days AS (SELECT coalesce(told.event_date, served.event_date) AS event_date, greatest(coalesce(told.joins, 0), coalesce(served.joins, 0)) AS joins, greatest(coalesce(told.leaves, 0), coalesce(served.leaves, 0)) AS leaves, 0 AS blocks
    FROM told FULL JOIN served ON told.event_date = served.event_date AND told.chat IS NOT DISTINCT FROM served.chat
    UNION ALL SELECT event_date, 0, 0, 1 FROM (${events(asked)}) WHERE kind = 'my_chat_member' AND chat_type = 'private' AND new_status = 'kicked'),
  counts AS (SELECT ${pointOf(asked, 'event_date')} AS day, sum(joins) AS joins, sum(leaves) AS leaves, sum(blocks) AS blocks FROM days GROUP BY ALL)
SELECT p.day::VARCHAR AS day, coalesce(joins, 0)::INTEGER AS joins, coalesce(leaves, 0)::INTEGER AS leaves, (coalesce(joins, 0) - coalesce(leaves, 0))::INTEGER AS net, coalesce(blocks, 0)::INTEGER AS blocks
FROM ${allPoints(asked)} AS p LEFT JOIN counts ON counts.day = p.day ORDER BY day`,
};

export const TELEGRAM_FIGURES: readonly Figure[] = [
  TELEGRAM_VOLUME,
  TELEGRAM_HOURS,
  TELEGRAM_LENGTHS,
  TELEGRAM_LENGTH_RANGES,
  TELEGRAM_WORDS,
  TELEGRAM_CONTENTS,
  TELEGRAM_REACTIONS,
  TELEGRAM_MEMBERS,
];
