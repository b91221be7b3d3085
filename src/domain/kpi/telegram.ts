/** The first report of telegram: how much is written, when, where and how. Rows are current messages (the highest version of each entity). */
import { MESSAGES } from '../sources/telegram/tables.ts';
import type { Breakdown, Measure } from './measure.ts';
import type { ReportDefinition } from './report.ts';

type Said = readonly [title: string, titlePt: string, definition: string, definitionPt: string];

const breakdown = (id: string, column: string, ...[title, titlePt, definition, definitionPt]: Said): Breakdown => ({
  id,
  title,
  titlePt,
  definition,
  definitionPt,
  column,
  list: false,
});

/** Two digits, so that hours and days sort as texts. */
const twoDigits = (column: string): string => `lpad(${column}::VARCHAR, 2, '0')`;

const BREAKDOWNS: readonly Breakdown[] = [
  {
    ordered: true,
    ...breakdown(
      'day',
      'event_date::VARCHAR',
      'Messages by day',
      'Mensagens por dia',
      'Messages by local day.',
      'Mensagens por dia local.',
    ),
  },
  {
    ordered: true,
    ...breakdown(
      'hour',
      twoDigits('local_hour'),
      'Messages by hour',
      'Mensagens por hora',
      'Messages by local hour, 00 to 23.',
      'Mensagens por hora local, de 00 a 23.',
    ),
  },
  {
    ordered: true,
    ...breakdown(
      'weekday',
      'weekday::VARCHAR',
      'Messages by weekday',
      'Mensagens por dia da semana',
      'Messages by local weekday; 1 is Monday.',
      'Mensagens por dia da semana local; 1 é segunda-feira.',
    ),
  },
  breakdown(
    'kind',
    'kind',
    'Messages by kind',
    'Mensagens por tipo',
    'Messages by the kind of update that brought their current state.',
    'Mensagens pelo tipo de atualização que trouxe seu estado atual.',
  ),
  breakdown(
    'chat_type',
    'chat_type',
    'Messages by type of chat',
    'Mensagens por tipo de conversa',
    'Messages whose type of chat is known, by type.',
    'Mensagens com tipo de conversa conhecido, por tipo.',
  ),
  breakdown(
    'media',
    'media',
    'Media',
    'Mídias',
    'Messages that hold something besides text, by what it is.',
    'Mensagens que contêm algo além de texto, pelo que é.',
  ),
  breakdown(
    'service',
    'service',
    'Service messages',
    'Mensagens de serviço',
    'What happened in the chats (joins, leaves, pins …), by Telegram’s name.',
    'O que aconteceu nas conversas (entradas, saídas, fixadas …), pelo nome do Telegram.',
  ),
];

/** What a person or a bot wrote, not what Telegram says of the chat. */
const WRITTEN = 'service IS NULL';

const share = (
  id: string,
  numerator: string,
  denominator: string,
  ...[title, titlePt, definition, definitionPt]: Said
): Measure => ({
  id,
  title,
  titlePt,
  definition,
  definitionPt,
  kind: 'share',
  numerator,
  denominator,
});

const MEASURES: readonly Measure[] = [
  {
    id: 'people',
    title: 'People',
    titlePt: 'Pessoas',
    definition: 'Different people who wrote a message; bots and who writes on behalf of a chat are not counted.',
    definitionPt: 'Pessoas diferentes que escreveram; robôs e quem escreve em nome de uma conversa não contam.',
    kind: 'distinct',
    numerator: 'person',
    denominator: `${WRITTEN} AND person IS NOT NULL AND user_is_bot IS NOT TRUE`,
  },
  {
    id: 'mean_length',
    title: 'Mean text length',
    titlePt: 'Tamanho médio do texto',
    definition: 'Sum of the texts’ code points divided by the number of messages with a text.',
    definitionPt: 'Soma dos caracteres (code points) dos textos dividida pelo número de mensagens com texto.',
    kind: 'mean',
    numerator: 'text_length',
    denominator: 'text_length IS NOT NULL',
  },
  {
    id: 'mean_words',
    title: 'Mean words',
    titlePt: 'Média de palavras',
    definition: 'Sum of the words divided by the number of messages with a text or caption.',
    definitionPt: 'Soma das palavras dividida pelo número de mensagens com texto ou legenda.',
    kind: 'mean',
    numerator: 'word_count',
    denominator: 'word_count IS NOT NULL',
  },
  share(
    'edited',
    'is_edited',
    WRITTEN,
    'Edited',
    'Editadas',
    'Written messages that were edited, of all written.',
    'Mensagens escritas que foram editadas, de todas as escritas.',
  ),
  share(
    'replies',
    'is_reply',
    WRITTEN,
    'Replies',
    'Respostas',
    'Written messages that answer another, of all written.',
    'Mensagens escritas que respondem a outra, de todas as escritas.',
  ),
  share(
    'with_media',
    'has_media',
    WRITTEN,
    'With media',
    'Com mídia',
    'Written messages that hold media, of all written.',
    'Mensagens escritas com mídia, de todas as escritas.',
  ),
  share(
    'outgoing',
    "direction = 'out'",
    WRITTEN,
    'By the bot',
    'Do bot',
    'Messages the bot wrote, of all written.',
    'Mensagens que o robô escreveu, de todas as escritas.',
  ),
  {
    id: 'net_joins',
    title: 'Net joins',
    titlePt: 'Saldo de entradas',
    definition:
      'Joins minus leaves told by service messages, divided by both, × 100; a message may tell of many joins.',
    definitionPt:
      'Entradas menos saídas contadas por mensagens de serviço, divididas por ambas, × 100; uma mensagem pode contar muitas entradas.',
    kind: 'net',
    numerator: "CASE WHEN service = 'new_chat_members' THEN 1 ELSE -1 END",
    denominator: "service IN ('new_chat_members', 'left_chat_member')",
  },
];

export const TELEGRAM_REPORT: ReportDefinition = {
  name: 'telegram_messages',
  rows: 'messages',
  table: MESSAGES.name,
  breakdowns: BREAKDOWNS,
  measures: MEASURES,
};
