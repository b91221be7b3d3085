-- The last 48 windows with messages, and what became of them.
SELECT source, date_trunc('hour', opened_at) AS "window", count(*) AS received,
  count(DISTINCT seal) AS seals, max(revision) AS revision
FROM ledger
GROUP BY source, date_trunc('hour', opened_at)
ORDER BY "window" DESC, source
LIMIT 48;
