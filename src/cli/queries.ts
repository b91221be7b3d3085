/** Questions an operator asks often, by name: `chatlake query @name`. */

export interface NamedQuery {
  readonly about: string;
  readonly sql: string;
}

/** By name, in the order they are listed. `ledger` is the verdicts of all sources, `opened_at` when a raw batch was opened. */
export const QUERIES: Readonly<Record<string, NamedQuery>> = {
  volume: {
    about: 'messages received per day (UTC), by source and verdict',
    sql: `SELECT opened_at::DATE AS day, source, count(*) AS received, count(*) FILTER (WHERE verdict = 'enriched') AS enriched,
  count(*) FILTER (WHERE verdict = 'duplicate') AS duplicates, count(*) FILTER (WHERE verdict = 'quarantined') AS quarantined
FROM ledger GROUP BY ALL ORDER BY day DESC, source`,
  },
  quarantine: {
    about: 'quarantined messages by reason and field, with the first and last receipt',
    sql: `SELECT source, reason, field, count(*) AS messages, min(opened_at) AS first, max(opened_at) AS last
FROM ledger WHERE verdict = 'quarantined' GROUP BY ALL ORDER BY messages DESC, source, reason, field`,
  },
  duplicates: {
    about: 'redelivered messages per day of receipt, and their share',
    sql: `SELECT opened_at::DATE AS day, source, count(*) FILTER (WHERE verdict = 'duplicate') AS duplicates,
  round(100.0 * count(*) FILTER (WHERE verdict = 'duplicate') / count(*), 2) AS percent
FROM ledger GROUP BY ALL HAVING count(*) FILTER (WHERE verdict = 'duplicate') > 0 ORDER BY day DESC, source`,
  },
  late: {
    about: 'messages of an event day that came more than two days after it',
    sql: `SELECT source, event_date, opened_at::DATE AS received, count(*) AS messages
FROM ledger WHERE verdict = 'enriched' AND opened_at::DATE > event_date::DATE + 2 GROUP BY ALL ORDER BY received DESC, source, event_date LIMIT 200`,
  },
  slowest: {
    about: 'the desk’s 20 messages with the longest time from the event to its receipt',
    sql: `SELECT entity, occurred_at, received_at, received_at - occurred_at AS delay
FROM desk_interactions_current WHERE occurred_at IS NOT NULL ORDER BY delay DESC LIMIT 20`,
  },
  windows: {
    about: 'the last 48 windows with messages, and what became of them',
    sql: `SELECT source, date_trunc('hour', opened_at) AS "window", count(*) AS received, count(DISTINCT seal) AS seals, max(revision) AS revision
FROM ledger GROUP BY ALL ORDER BY "window" DESC, source LIMIT 48`,
  },
  edits: {
    about: 'Telegram messages with the most versions',
    sql: `SELECT entity, count(*) AS versions, min(received_at) AS first, max(received_at) AS last
FROM telegram_messages GROUP BY entity HAVING count(*) > 1 ORDER BY versions DESC, entity LIMIT 20`,
  },
};
