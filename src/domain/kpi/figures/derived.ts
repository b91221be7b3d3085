/** Views made of others, for figures that look at what came before or after a row: made once for a ledger version, read by many. */
import { byAPerson } from './figure.ts';
import { STOP_WORDS } from './stop-words.ts';
import { literal } from '../../sql.ts';

export interface DerivedView {
  readonly name: string;
  readonly about: string;
  /** Tables it is made of; it is empty where one of them is not kept. Whose rows decide when it changes is the first. */
  readonly needs: readonly [string, ...string[]];
  /** A column of the view, never null, and of the current rows of its first table. Rows with one value of it are made of current rows with that value alone, so they can be made anew without the others. */
  readonly by: string;
  /** `of` says where current rows come from: all of them, or those of some values of `by`. */
  readonly sql: (of: (relation: string) => string) => string;
  /** The same columns without a row. */
  readonly empty: string;
}

/** Each identified interaction and the person's next one, in the order of their time and entity. */
const FOLLOWED: DerivedView = {
  name: 'desk_followed',
  about: 'interactions of known people, each with the time of the same person’s next one (null: none yet)',
  needs: ['desk_interactions'],
  by: 'person',
  sql: (of) => `SELECT entity, person, channel, event_date, occurred_at, services,
  lead(occurred_at) OVER (PARTITION BY person ORDER BY occurred_at, entity) AS next_at
FROM ${of('desk_interactions_current')} WHERE person IS NOT NULL AND occurred_at IS NOT NULL`,
  empty: `SELECT NULL::VARCHAR AS entity, NULL::VARCHAR AS person, NULL::VARCHAR AS channel, NULL::DATE AS event_date, NULL::TIMESTAMPTZ AS occurred_at, NULL::VARCHAR[] AS services, NULL::TIMESTAMPTZ AS next_at WHERE false`,
};

/** A gap of this many minutes ends a conversation. */
export const GAP_MINUTES = 30;

/**
 * Conversations: a person's messages in a chat, in the order of their time and id, cut where half an hour passed. A conversation belongs
 * to the local day of its first message. It is answered by the bot's first message in the chat before the person's next conversation.
 */
const CONVERSATIONS: DerivedView = {
  name: 'telegram_conversations',
  about: 'a person’s messages in a chat without a gap of 30 minutes, and when the bot first answered',
  needs: ['telegram_messages'],
  by: 'chat',
  sql: (of) => `WITH written AS (
    SELECT chat, person, occurred_at, message_id, entity, event_date,
      lag(occurred_at) OVER (PARTITION BY chat, person ORDER BY occurred_at, message_id, entity) AS before
    FROM ${of('telegram_messages_current')} WHERE service IS NULL AND chat IS NOT NULL AND occurred_at IS NOT NULL AND ${byAPerson()}),
  numbered AS (SELECT *, sum(CASE WHEN before IS NULL OR occurred_at - before >= INTERVAL ${GAP_MINUTES} MINUTE THEN 1 ELSE 0 END)
      OVER (PARTITION BY chat, person ORDER BY occurred_at, message_id, entity ROWS UNBOUNDED PRECEDING) AS n FROM written),
  conversations AS (SELECT chat, person, n, min(occurred_at) AS started_at, max(occurred_at) AS ended_at, count(*)::INTEGER AS messages, min(event_date) AS event_date
    FROM numbered GROUP BY chat, person, n),
  ordered AS (SELECT *, lead(started_at) OVER (PARTITION BY chat, person ORDER BY n) AS next_at FROM conversations),
  sent AS (SELECT chat, occurred_at FROM ${of('telegram_messages_current')} WHERE direction = 'out' AND service IS NULL AND occurred_at IS NOT NULL)
SELECT o.chat, o.person, o.event_date, o.started_at, o.ended_at, o.messages,
  CASE WHEN o.next_at IS NULL OR sent.occurred_at < o.next_at THEN sent.occurred_at END AS answered_at
FROM ordered AS o ASOF LEFT JOIN sent ON o.chat = sent.chat AND o.started_at <= sent.occurred_at`,
  empty: `SELECT NULL::VARCHAR AS chat, NULL::VARCHAR AS person, NULL::DATE AS event_date, NULL::TIMESTAMPTZ AS started_at, NULL::TIMESTAMPTZ AS ended_at, NULL::INTEGER AS messages, NULL::TIMESTAMPTZ AS answered_at WHERE false`,
};

/** What is no word: addresses, mentions, commands, long numbers. */
const NO_WORDS = String.raw`(https?://|www\.)\S+|\S+@\S+|@\w+|/\w+|\+?\d[\d\s().-]{6,}`;
/** At least three letters, at most thirty. */
const WORD = String.raw`\p{L}[\p{L}\p{M}]*`;

const WORDS: DerivedView = {
  name: 'telegram_words',
  about: 'words of each current text; stop words, addresses, commands and numbers are left out',
  needs: ['telegram_messages', 'telegram_texts'],
  by: 'entity',
  sql: (of) => `SELECT entity, event_date, person, term, count(*)::INTEGER AS uses FROM (
  SELECT m.entity, m.event_date, m.person, unnest(regexp_extract_all(regexp_replace(lower(nfc_normalize(t.text)), ${literal(NO_WORDS)}, ' ', 'g'), ${literal(WORD)})) AS term
  FROM telegram_texts AS t JOIN ${of('telegram_messages_current')} AS m ON m.entity = t.entity AND m.version = t.version
  WHERE m.service IS NULL AND ${byAPerson('m.')})
WHERE length(term) BETWEEN 3 AND 30 AND term NOT IN (${STOP_WORDS.map(literal).join(', ')}) GROUP BY ALL`,
  empty: `SELECT NULL::VARCHAR AS entity, NULL::DATE AS event_date, NULL::VARCHAR AS person, NULL::VARCHAR AS term, NULL::INTEGER AS uses WHERE false`,
};

export const DERIVED: readonly DerivedView[] = [FOLLOWED, CONVERSATIONS, WORDS];
