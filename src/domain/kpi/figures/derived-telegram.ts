/** What is made of Telegram's messages. */
import { literal } from '../../sql.ts';
import type { DerivedView } from './derived-view.ts';
import { SECOND, byAPerson, microseconds } from './figure.ts';
import { STOP_WORDS } from './stop-words.ts';

const MESSAGES = 'telegram_messages_current';

export const WRITTEN: DerivedView = {
  name: 'telegram_written',
  about: 'messages written, counted by day, direction, type of chat, what they hold and how they came',
  needs: ['telegram_messages'],
  by: { column: 'event_date', of: 'event_date' },
  sql: (
    of,
  ) => `SELECT event_date, direction, chat_type, media, coalesce(is_edited, false) AS edited, coalesce(is_reply, false) AS reply, forward_kind IS NOT NULL AS forward, count(*)::INTEGER AS n
FROM ${of(MESSAGES)} WHERE service IS NULL GROUP BY ALL`,
  empty: `SELECT NULL::DATE AS event_date, NULL::VARCHAR AS direction, NULL::VARCHAR AS chat_type, NULL::VARCHAR AS media, NULL::BOOLEAN AS edited, NULL::BOOLEAN AS reply,
  NULL::BOOLEAN AS forward, NULL::INTEGER AS n WHERE false`,
};

export const WRITERS: DerivedView = {
  name: 'telegram_writers',
  about:
    'days on which a person wrote: how many messages, the first such day ever (begun) and the one before (null: none)',
  needs: ['telegram_messages'],
  by: { column: 'person', of: 'person' },
  sql: (
    of,
  ) => `SELECT person, event_date, messages, first_value(event_date) OVER q AS begun, lag(event_date) OVER q AS before
FROM (SELECT person, event_date, count(*)::INTEGER AS messages FROM ${of(MESSAGES)} WHERE service IS NULL AND ${byAPerson()} GROUP BY person, event_date)
WINDOW q AS (PARTITION BY person ORDER BY event_date)`,
  empty: `SELECT NULL::VARCHAR AS person, NULL::DATE AS event_date, NULL::INTEGER AS messages, NULL::DATE AS begun, NULL::DATE AS before WHERE false`,
};

/** A gap of this many minutes ends a conversation. */
export const GAP_MINUTES = 30;

/**
 * Conversations: a person's messages in a chat, in the order of their time, cut where half an hour passed. A conversation belongs to the
 * local day of its first message. It is answered by the bot's first message in the chat before the person's next conversation.
 */
export const CONVERSATIONS: DerivedView = {
  name: 'telegram_conversations',
  about:
    'a person’s messages in a chat without a gap of 30 minutes: how many, seconds from the first to the last (lasted) and until the bot first answered (waited; null: never)',
  needs: ['telegram_messages'],
  by: { column: 'chat', of: 'chat' },
  sql: (of) => `WITH written AS (
    SELECT chat, person, event_date, occurred_at FROM ${of(MESSAGES)} WHERE service IS NULL AND chat IS NOT NULL AND occurred_at IS NOT NULL AND ${byAPerson()}),
  placed AS (SELECT *, lag(occurred_at) OVER q AS before, row_number() OVER q AS place FROM written WINDOW q AS (PARTITION BY chat, person ORDER BY occurred_at)),
  ends AS (SELECT chat, person, max(occurred_at) AS ended_at, count(*) AS messages FROM written GROUP BY chat, person),
  begun AS (SELECT *, lead(occurred_at) OVER q AS next_at, lead(before) OVER q AS ended_at, lead(place) OVER q AS next_place
    FROM placed WHERE before IS NULL OR ${microseconds('before', 'occurred_at')} >= ${GAP_MINUTES * 60 * SECOND} WINDOW q AS (PARTITION BY chat, person ORDER BY occurred_at)),
  sent AS (SELECT chat, occurred_at AS sent_at FROM ${of(MESSAGES)} WHERE direction = 'out' AND service IS NULL AND occurred_at IS NOT NULL)
SELECT b.chat, b.person, b.event_date, b.occurred_at AS started_at, (coalesce(b.next_place, e.messages + 1) - b.place)::INTEGER AS messages,
  (${microseconds('b.occurred_at', 'coalesce(b.ended_at, e.ended_at)')} // ${SECOND})::INTEGER AS lasted,
  CASE WHEN b.next_at IS NULL OR sent_at < b.next_at THEN (${microseconds('b.occurred_at', 'sent_at')} // ${SECOND})::INTEGER END AS waited
FROM (begun AS b JOIN ends AS e ON e.chat = b.chat AND e.person = b.person) ASOF LEFT JOIN sent ON b.chat = sent.chat AND b.occurred_at <= sent_at`,
  empty: `SELECT NULL::VARCHAR AS chat, NULL::VARCHAR AS person, NULL::DATE AS event_date, NULL::TIMESTAMPTZ AS started_at, NULL::INTEGER AS messages, NULL::INTEGER AS lasted,
  NULL::INTEGER AS waited WHERE false`,
};

/** What is no word: addresses, mentions, commands, long numbers. */
const NO_WORDS = String.raw`(https?://|www\.)\S+|\S+@\S+|@\w+|/\w+|\+?\d[\d\s().-]{6,}`;
/** At least three letters, at most thirty. */
const WORD = String.raw`\p{L}[\p{L}\p{M}]*`;

export const TERMS: DerivedView = {
  name: 'telegram_terms',
  about:
    'words of each current text of a person, in the order of the alphabet; addresses, commands and numbers are left out',
  needs: ['telegram_messages', 'telegram_texts'],
  by: { column: 'entity', of: 'entity' },
  sql: (of) => `SELECT m.entity, m.event_date, m.person, list_sort(list_filter(
    regexp_extract_all(regexp_replace(lower(nfc_normalize(t.text)), ${literal(NO_WORDS)}, ' ', 'g'), ${literal(WORD)}), term -> length(term) BETWEEN 3 AND 30)) AS terms
FROM ${of('telegram_texts')} AS t JOIN (SELECT entity, version, event_date, person FROM ${of(MESSAGES)} WHERE service IS NULL AND ${byAPerson()}) AS m
  ON m.entity = t.entity AND m.version = t.version`,
  empty: `SELECT NULL::VARCHAR AS entity, NULL::DATE AS event_date, NULL::VARCHAR AS person, NULL::VARCHAR[] AS terms WHERE false`,
};

export const WORDS: DerivedView = {
  name: 'telegram_words',
  about:
    'words of a person’s day without stop words, and the day before on which the person used each (before; null: none)',
  needs: ['telegram_terms'],
  by: { column: 'person', of: 'person' },
  sql: (
    of,
  ) => `SELECT person, event_date, term, uses, lag(event_date) OVER (PARTITION BY person, hash(term), term ORDER BY event_date) AS before
FROM (SELECT person, event_date, term, count(*)::INTEGER AS uses FROM (SELECT person, event_date, unnest(terms) AS term FROM ${of('telegram_terms')})
  ANTI JOIN (VALUES ${STOP_WORDS.map((word) => `(${literal(word)})`).join(', ')}) AS stop(term) USING (term) GROUP BY person, event_date, term)`,
  empty: `SELECT NULL::VARCHAR AS person, NULL::DATE AS event_date, NULL::VARCHAR AS term, NULL::INTEGER AS uses, NULL::DATE AS before WHERE false`,
};

export const WORD_DAYS: DerivedView = {
  name: 'telegram_word_days',
  about:
    'uses of each word by day, and how many people used it that day whose day before with it was this one (before; null: none)',
  needs: ['telegram_words'],
  by: { column: 'event_date', of: 'event_date' },
  sql: (of) =>
    `SELECT event_date, before, term, sum(uses)::INTEGER AS uses, count(*)::INTEGER AS people FROM ${of('telegram_words')} GROUP BY event_date, before, term`,
  empty: `SELECT NULL::DATE AS event_date, NULL::DATE AS before, NULL::VARCHAR AS term, NULL::INTEGER AS uses, NULL::INTEGER AS people WHERE false`,
};
