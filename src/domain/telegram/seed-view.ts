/** The table that the first project of this kind had, as a view, and its four questions; DuckDB's SQL. */
import { MESSAGES, TEXTS } from './tables.ts';

/** The current state of each entity of a table: its highest version. */
export const currentView = (table: string): string =>
  `CREATE OR REPLACE VIEW ${table}_current AS SELECT * FROM ${table} QUALIFY row_number() OVER (PARTITION BY entity ORDER BY version DESC) = 1`;

/**
 * The view `telegram`, over the views of currentView and the table of texts: the seed's columns and types, `date` in Unix seconds,
 * `context_date` the local day. People are pseudonyms and have no first name. `text` is null for captions, as it was there, and where
 * texts are switched off.
 */
export function seedView(texts: boolean): string {
  const [text, join] = texts
    ? [
        'CASE WHEN m.text_length IS NOT NULL THEN texts.text END',
        `LEFT JOIN ${TEXTS.name} AS texts ON texts.entity = m.entity AND texts.version = m.version`,
      ]
    : ['NULL::VARCHAR', ''];
  return `CREATE OR REPLACE VIEW telegram AS
    SELECT m.message_id, m.person AS user_id, m.user_is_bot, NULL::VARCHAR AS user_first_name, m.chat_id, m.chat_type,
      ${text} AS text, epoch(m.occurred_at)::BIGINT AS date, m.event_date AS context_date
    FROM ${MESSAGES.name}_current AS m ${join}`;
}

/** Instants are UTC; hours, weekdays and weeks are those of the people served. ISO weeks go with their year. */
const LOCAL = `SELECT user_id, timezone('America/Sao_Paulo', to_timestamp(date)) AS local FROM telegram`;

/** The seed's questions by name. Users are told apart by pseudonym, for two people may share a first name. */
export const SEED_QUERIES = {
  messagesPerDay: `SELECT context_date, count(*) AS messages FROM telegram GROUP BY ALL ORDER BY ALL`,
  messagesPerUserPerDay: `SELECT user_id, context_date, count(*) AS messages FROM telegram GROUP BY ALL ORDER BY ALL`,
  meanLengthPerUserPerDay: `SELECT user_id, context_date, avg(length(text)) AS mean_length FROM telegram GROUP BY ALL ORDER BY ALL`,
  messagesPerHourWeekdayWeek: `SELECT hour(local) AS hour, isodow(local) AS weekday, isoyear(local) AS year, week(local) AS week, count(*) AS messages FROM (${LOCAL}) GROUP BY ALL ORDER BY ALL`,
} as const;
