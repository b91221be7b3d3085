/** A figure: one definition of a number people decide by, from which pages, terminal, documentation and files are made. */
import type { SourceName } from '../../sources/titles.ts';
import { literal } from '../../sql.ts';
import { type Text, text } from '../../text.ts';

/** What is asked of a figure: days, inclusive, and where the figure knows channels or sources, one of them. */
export interface Asked {
  readonly from: string;
  readonly to: string;
  readonly channel?: string;
  readonly source?: string;
}

/** How a cell is written: `share` is a ratio from 0 to 1, `seconds` a duration, `time` an instant (UTC). */
export type CellKind = 'text' | 'word' | 'day' | 'count' | 'share' | 'number' | 'net' | 'seconds' | 'time' | 'flag';

export interface FigureColumn {
  readonly name: string;
  readonly kind: CellKind;
  readonly title: Text;
}

export type Cells = Readonly<Record<string, unknown>>;

/**
 * What becomes of cells that few people stand behind. `open`: shown. `health`: fewer than five people are hidden, and what would give
 * them away with them. `people`: what fewer than three people wrote is left out.
 */
type SmallCells = 'open' | 'health' | 'people';

export interface Figure {
  readonly id: string;
  /** The source it is about; `lake`: all of them. */
  readonly source: SourceName | 'lake';
  readonly title: Text;
  /** One sentence. */
  readonly definition: Text;
  readonly formula: Text;
  readonly numerator: Text;
  /** Null where nothing is divided. */
  readonly denominator: Text | null;
  /** What is not in it because it is not known. */
  readonly missing: Text | null;
  readonly smallCells: SmallCells;
  /** Whether its days are those of the event or those of the receipt. */
  readonly days: 'event' | 'receipt';
  /** True where a channel may be asked for. */
  readonly byChannel: boolean;
  /** True where one source of all may be asked for. */
  readonly bySource: boolean;
  readonly columns: readonly FigureColumn[];
  /** DuckDB's SQL over the views `<table>`, `<table>_current`, `ledger_<source>` and those of DERIVED. */
  readonly sql: (asked: Asked) => string;
  /** Makes the rows that are shown of those that SQL gave; absent: they are the same. */
  readonly finish?: (rows: readonly Cells[]) => readonly Cells[];
}

const TITLES: Readonly<Record<string, readonly [CellKind, string, string]>> = {
  day: ['day', 'From', 'A partir de'],
  source: ['word', 'Source', 'Fonte'],
  channel: ['word', 'Channel', 'Canal'],
  direction: ['word', 'Direction', 'Sentido'],
  weekday: ['count', 'Weekday (1 = Monday)', 'Dia da semana (1 = segunda)'],
  hour: ['count', 'Hour', 'Hora'],
  messages: ['count', 'Messages', 'Mensagens'],
  interactions: ['count', 'Interactions', 'Atendimentos'],
  measure: ['word', 'Figure', 'Indicador'],
  numerator: ['number', 'Numerator', 'Numerador'],
  denominator: ['count', 'Denominator', 'Denominador'],
  missing: ['count', 'Not known', 'Sem informação'],
  value: ['number', 'Value', 'Valor'],
  share: ['share', 'Share', 'Proporção'],
  score: ['count', 'Score', 'Nota'],
  people: ['count', 'People', 'Pessoas'],
  new: ['count', 'New', 'Novas'],
  returning: ['count', 'Returning', 'Que voltaram'],
  unknown: ['count', 'By nobody known', 'Sem pessoa identificada'],
  option: ['word', 'Service', 'Serviço'],
  path: ['text', 'Way', 'Caminho'],
  first: ['count', 'As first', 'Como primeiro'],
  last: ['count', 'As last', 'Como último'],
  solved: ['count', 'Solved', 'Resolvidos'],
  solved_known: ['count', 'Solved is known', 'Com resolução informada'],
  good: ['count', 'Scored ≥ 8', 'Com nota ≥ 8'],
  scored: ['count', 'Scored', 'Com nota'],
  step: ['count', 'Step', 'Passo'],
  from_option: ['word', 'From', 'De'],
  to_option: ['word', 'To', 'Para'],
  age_band: ['text', 'Age', 'Idade'],
  week: ['text', 'Epidemiological week', 'Semana epidemiológica'],
  question: ['word', 'Question', 'Pergunta'],
  yes: ['count', 'Yes', 'Sim'],
  answered: ['count', 'Answered', 'Responderam'],
  hidden: ['flag', 'Hidden (n < 5)', 'Oculto (n < 5)'],
  dimension: ['word', 'By', 'Por'],
  category: ['word', 'Group', 'Grupo'],
  positive: ['count', 'Positive', 'Positivos'],
  tested: ['count', 'Positive or negative', 'Positivos ou negativos'],
  low: ['share', 'Interval from', 'Intervalo de'],
  high: ['share', 'Interval to', 'Intervalo até'],
  field: ['word', 'Field', 'Campo'],
  code: ['word', 'Issue', 'Ocorrência'],
  reason: ['word', 'Reason', 'Motivo'],
  received: ['count', 'Received', 'Recebidas'],
  enriched: ['count', 'Used', 'Aproveitadas'],
  duplicates: ['count', 'Duplicates', 'Repetidas'],
  quarantined: ['count', 'Could not be read', 'Não puderam ser lidas'],
  first_at: ['time', 'First', 'Primeira'],
  last_at: ['time', 'Last', 'Última'],
  rank: ['count', 'Rank', 'Posição'],
  conversations: ['count', 'Conversations', 'Conversas'],
  mean: ['number', 'Mean', 'Média'],
  median: ['number', 'Median', 'Mediana'],
  p90: ['number', '90th percentile', 'Percentil 90'],
  p50_seconds: ['seconds', 'Median', 'Mediana'],
  p90_seconds: ['seconds', '90th percentile', 'Percentil 90'],
  p95_seconds: ['seconds', '95th percentile', 'Percentil 95'],
  bucket: ['text', 'Range', 'Faixa'],
  term: ['text', 'Word', 'Palavra'],
  uses: ['count', 'Uses', 'Usos'],
  reaction: ['text', 'Reaction', 'Reação'],
  added: ['count', 'Added', 'Recebidas'],
  joins: ['count', 'Joins', 'Entradas'],
  leaves: ['count', 'Leaves', 'Saídas'],
  net: ['count', 'Net', 'Saldo'],
  blocks: ['count', 'Blocked the bot', 'Bloquearam o bot'],
  late: ['count', 'Late', 'Atrasadas'],
  hours: ['number', 'Within hours', 'Em horas'],
};

/** Columns by name, with the titles every figure shares. */
export const columns = (...names: readonly string[]): readonly FigureColumn[] =>
  names.map((name) => {
    const [kind, en, pt] = TITLES[name] ?? ['text', name, name];
    return { name, kind, title: text(en, pt) };
  });

const DAY_MS = 86_400_000;
const dayNumber = (day: string): number => Date.parse(`${day}T00:00:00Z`) / DAY_MS;

/** The width of a point on a time axis: days of a quarter, weeks of two years, months beyond. */
export function grainOf({ from, to }: Asked): 'day' | 'week' | 'month' {
  const days = dayNumber(to) - dayNumber(from) + 1;
  if (days <= 92) return 'day';
  return days <= 731 ? 'week' : 'month';
}

/** The point of the time axis that a date lies in, as SQL. */
export const pointOf = (asked: Asked, date: string): string => `date_trunc('${grainOf(asked)}', ${date})::DATE`;

/** The condition that a row of somebody's is the first in its point of the range; `before` is the day of the one before, null: none. */
export const isFirstInPoint = (asked: Asked, before: string): string =>
  `(${before} IS NULL OR ${before} < DATE ${literal(asked.from)} OR ${pointOf(asked, before)} < ${pointOf(asked, 'event_date')})`;

/** All points of the range, as a subquery with the column `day`: a day without messages is a zero and not a gap. */
export const allPoints = (asked: Asked): string =>
  `(SELECT DISTINCT ${pointOf(asked, 'd')} AS day FROM (SELECT unnest(generate_series(DATE ${literal(asked.from)}, DATE ${literal(asked.to)}, INTERVAL 1 DAY)) AS d))`;

/** The condition that a date lies in the range. */
export const inDays = ({ from, to }: Asked, date = 'event_date'): string =>
  `${date} BETWEEN DATE ${literal(from)} AND DATE ${literal(to)}`;

/** What the condition of a range is followed by where one channel is asked for. */
export const ofChannel = ({ channel }: Asked): string =>
  channel === undefined ? '' : ` AND channel = ${literal(channel)}`;

/** The current interactions that are asked for. */
export const deskSpan = (asked: Asked): string =>
  `SELECT * FROM desk_interactions_current WHERE ${inDays(asked)}${ofChannel(asked)}`;

/** The current messages that are asked for: what people and bots wrote, not what Telegram says of the chat. */
export const telegramSpan = (asked: Asked): string =>
  `SELECT * FROM telegram_messages_current WHERE ${inDays(asked)} AND service IS NULL`;

/** A message that a person wrote; bots and who writes on behalf of a chat are none. */
export const byAPerson = (of = ''): string =>
  `${of}direction = 'in' AND ${of}person IS NOT NULL AND ${of}user_is_bot IS NOT TRUE`;

/** Microseconds between two instants, as SQL: to take instants from each other as such is some fifty times slower. */
export const microseconds = (from: string, to: string): string => `(epoch_us(${to}) - epoch_us(${from}))`;
export const SECOND = 1_000_000;

/** A count by local hour and ISO weekday, all 168 cells. */
export const heatSql = (span: string): string => `WITH span AS (${span}),
  counts AS (SELECT weekday, local_hour, count(*) AS n FROM span GROUP BY ALL)
SELECT w.weekday::INTEGER AS weekday, h.hour::INTEGER AS hour, coalesce(n, 0)::INTEGER AS messages
FROM (SELECT unnest(range(1, 8)) AS weekday) AS w CROSS JOIN (SELECT unnest(range(0, 24)) AS hour) AS h
LEFT JOIN counts ON counts.weekday = w.weekday AND counts.local_hour = h.hour ORDER BY ALL`;

/** A ratio's cells: numerator, denominator, what is not known, value. `total`, numerator and denominator are SQL. */
export const ratio = (numerator: string, denominator: string, total: string): string =>
  `${numerator}::DOUBLE AS numerator, ${denominator}::INTEGER AS denominator, (${total} - ${denominator})::INTEGER AS missing, round(${numerator} / nullif(${denominator}, 0), 4)::DOUBLE AS value`;

/** A figure's rows, by column, made of what SQL answered. */
export function figureRows(
  { columns: wanted, finish }: Pick<Figure, 'columns' | 'finish'>,
  answer: { readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] },
): readonly Cells[] {
  const rows = answer.rows.map((row): Cells =>
    Object.fromEntries(answer.columns.map((name, i) => [name, row[i] ?? null])),
  );
  const finished = finish === undefined ? rows : finish(rows);
  return finished.map((row) => Object.fromEntries(wanted.map(({ name }) => [name, row[name] ?? null])));
}
