-- Messages received per day (UTC), by source and verdict.
SELECT CAST(opened_at AS DATE) AS day, source, count(*) AS received,
  count(*) FILTER (WHERE verdict = 'enriched') AS enriched,
  count(*) FILTER (WHERE verdict = 'duplicate') AS duplicates,
  count(*) FILTER (WHERE verdict = 'quarantined') AS quarantined
FROM ledger
GROUP BY CAST(opened_at AS DATE), source
ORDER BY day DESC, source;
