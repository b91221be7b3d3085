/** The table that the first project of this kind had, as a view; DuckDB's SQL. Its questions are files of `queries/`. */
import { currentRows } from '../../sql.ts';
import { MESSAGES, TEXTS } from './tables.ts';

/** The current state of each entity of a table: its highest version. */
export const currentView = (table: string): string =>
  `CREATE OR REPLACE VIEW ${table}_current AS ${currentRows(table)}`;

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
