/** What came in and what became of it, for all sources; by the local day of the receipt, for what cannot be read has no other day. */
import type { Contract } from '../../sources/contract.ts';
import { CONTRACTS } from '../../sources/index.ts';
import { literal } from '../../sql.ts';
import { LATE_DAYS } from './derived.ts';
import { type Asked, type Figure, SECOND, allPoints, columns, inDays, microseconds, pointOf } from './figure.ts';
import { text } from '../../text.ts';

const COMMON = { source: 'lake', smallCells: 'open', days: 'receipt', byChannel: false, bySource: true } as const;
/** The zone of all local days. */
export const ZONE = 'America/Sao_Paulo';
const RECEIVED = text('messages received in the range', 'mensagens recebidas no período');

const ofSource = ({ source }: Asked): string => (source === undefined ? '' : ` AND source = ${literal(source)}`);
const span = (asked: Asked): string =>
  `SELECT * FROM ledger_hours WHERE ${inDays(asked, 'receipt_date')}${ofSource(asked)}`;

const counted = (verdict: string): string => `coalesce(sum(n) FILTER (WHERE verdict = '${verdict}'), 0)::INTEGER`;
const VERDICTS = `sum(n)::INTEGER AS received, ${counted('enriched')} AS enriched, ${counted('duplicate')} AS duplicates, ${counted('quarantined')} AS quarantined`;

const LAKE_OUTCOME: Figure = {
  ...COMMON,
  id: 'lake_outcome',
  title: text('What came in, and what became of it', 'O que chegou e o que foi feito'),
  definition: text(
    'Every received message is used, a duplicate delivery, or could not be read: received = used + duplicates + could not be read.',
    'Cada mensagem recebida foi aproveitada, era repetida ou não pôde ser lida: recebidas = aproveitadas + repetidas + não lidas.',
  ),
  formula: text('received = enriched + duplicates + quarantined', 'recebidas = aproveitadas + repetidas + não lidas'),
  numerator: text('messages of the verdict', 'mensagens do veredito'),
  denominator: RECEIVED,
  missing: null,
  columns: columns('source', 'received', 'enriched', 'duplicates', 'quarantined'),
  sql: (asked) => `SELECT source, ${VERDICTS} FROM (${span(asked)}) GROUP BY source ORDER BY source`,
};

const LAKE_OUTCOME_OVER_TIME: Figure = {
  ...COMMON,
  id: 'lake_outcome_over_time',
  title: text('Received over time', 'Recebidas ao longo do tempo'),
  definition: text(
    'The same equation for each day, week or month of receipt.',
    'A mesma equação para cada dia, semana ou mês de recebimento.',
  ),
  formula: text(
    'received = enriched + duplicates + quarantined, of each point',
    'recebidas = aproveitadas + repetidas + não lidas, de cada ponto',
  ),
  numerator: text('messages of the verdict', 'mensagens do veredito'),
  denominator: RECEIVED,
  missing: null,
  columns: columns('day', 'source', 'received', 'enriched', 'duplicates', 'quarantined'),
  sql: (
    asked,
  ) => `WITH counts AS (SELECT ${pointOf(asked, 'receipt_date')} AS day, source, ${VERDICTS} FROM (${span(asked)}) GROUP BY ALL), sources AS (SELECT DISTINCT source FROM counts)
SELECT p.day::VARCHAR AS day, s.source AS source, coalesce(received, 0) AS received, coalesce(enriched, 0) AS enriched, coalesce(duplicates, 0) AS duplicates, coalesce(quarantined, 0) AS quarantined
FROM ${allPoints(asked)} AS p CROSS JOIN sources AS s LEFT JOIN counts ON counts.day = p.day AND counts.source = s.source ORDER BY ALL`,
};

const LAKE_QUARANTINE: Figure = {
  ...COMMON,
  id: 'lake_quarantine',
  title: text('What could not be read', 'O que não pôde ser lido'),
  definition: text(
    'Messages that could not be used, by reason and field; their bytes are kept, and they are judged again once mended.',
    'Mensagens que não puderam ser aproveitadas, por motivo e campo; os bytes ficam guardados e são avaliadas de novo depois do conserto.',
  ),
  formula: text('quarantined / received', 'não lidas / recebidas'),
  numerator: text('quarantined messages', 'mensagens em quarentena'),
  denominator: RECEIVED,
  missing: null,
  columns: columns('source', 'reason', 'field', 'quarantined', 'share', 'first_at', 'last_at'),
  sql: (
    asked,
  ) => `WITH span AS (${span(asked)}), totals AS (SELECT source, sum(n) AS received FROM span GROUP BY source)
SELECT span.source AS source, reason, field, sum(n)::INTEGER AS quarantined, round(sum(n) / any_value(totals.received), 4)::DOUBLE AS share,
  strftime(min(first_at), '%Y-%m-%dT%H:%M:%SZ') AS first_at, strftime(max(last_at), '%Y-%m-%dT%H:%M:%SZ') AS last_at
FROM span JOIN totals ON totals.source = span.source WHERE verdict = 'quarantined' GROUP BY ALL ORDER BY quarantined DESC, source, reason, field`,
};

/** The instants of the range's local days. */
const instants = ({ from, to }: Asked): string =>
  `received_at >= timezone('${ZONE}', DATE '${from}'::TIMESTAMP) AND received_at < timezone('${ZONE}', DATE '${to}' + INTERVAL 1 DAY)`;
const delay = ({ source, tables: [{ name }] }: Contract, asked: Asked): string =>
  `SELECT ${literal(source)} AS source, ${microseconds('occurred_at', 'received_at')} / ${SECOND} AS seconds, received_at FROM ${name}_current WHERE occurred_at IS NOT NULL AND ${instants(asked)}`;
const delays = (asked: Asked): string =>
  [...CONTRACTS.values()].map((contract) => delay(contract, asked)).join(' UNION ALL ');

const LAKE_FRESHNESS: Figure = {
  ...COMMON,
  id: 'lake_freshness',
  title: text('Freshness', 'Atualidade'),
  definition: text(
    'Time from the event to its receipt: what a source’s messages of the range waited before they reached chatlake, and when the last one came.',
    'Tempo do acontecimento ao recebimento: quanto as mensagens do período esperaram até chegar ao chatlake, e quando chegou a última.',
  ),
  formula: text('received_at − occurred_at', 'recebimento − acontecimento'),
  numerator: text('seconds', 'segundos'),
  denominator: text('current rows with a time', 'linhas atuais com horário'),
  missing: null,
  columns: columns('source', 'messages', 'p50_seconds', 'p95_seconds', 'last_at'),
  sql: (
    asked,
  ) => `SELECT source, messages, quantiles[1]::DOUBLE AS p50_seconds, quantiles[2]::DOUBLE AS p95_seconds, strftime(last_at::TIMESTAMP, '%Y-%m-%dT%H:%M:%SZ') AS last_at
FROM (SELECT source, count(*)::INTEGER AS messages, quantile_cont(seconds, [0.5, 0.95]) AS quantiles, max(received_at) AS last_at
  FROM (${delays(asked)}) WHERE true${ofSource(asked)} GROUP BY source) ORDER BY source`,
};

const LAKE_LATE: Figure = {
  ...COMMON,
  id: 'lake_late',
  title: text('Came late', 'Chegaram atrasadas'),
  definition: text(
    `Used messages received more than ${LATE_DAYS} days after the day of their event; they re-opened that day’s figures.`,
    `Mensagens aproveitadas recebidas mais de ${LATE_DAYS} dias depois do dia do acontecimento; reabriram os números daquele dia.`,
  ),
  formula: text('late / enriched', 'atrasadas / aproveitadas'),
  numerator: text('late messages', 'mensagens atrasadas'),
  denominator: text('used messages', 'mensagens aproveitadas'),
  missing: null,
  columns: columns('source', 'late', 'enriched', 'share'),
  sql: (
    asked,
  ) => `SELECT source, coalesce(sum(n) FILTER (WHERE late), 0)::INTEGER AS late, sum(n)::INTEGER AS enriched, round(coalesce(sum(n) FILTER (WHERE late), 0) / sum(n), 4)::DOUBLE AS share
FROM (${span(asked)}) WHERE verdict = 'enriched' GROUP BY source ORDER BY source`,
};

export const LAKE_FIGURES: readonly Figure[] = [
  LAKE_OUTCOME,
  LAKE_OUTCOME_OVER_TIME,
  LAKE_QUARANTINE,
  LAKE_FRESHNESS,
  LAKE_LATE,
];
