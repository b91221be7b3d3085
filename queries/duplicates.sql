-- Redelivered messages per day of receipt (UTC), and their share in percent.
SELECT CAST(opened_at AS DATE) AS day, source, count(*) FILTER (WHERE verdict = 'duplicate') AS duplicates,
  round(100.0 * count(*) FILTER (WHERE verdict = 'duplicate') / count(*), 2) AS percent
FROM ledger
GROUP BY CAST(opened_at AS DATE), source
HAVING count(*) FILTER (WHERE verdict = 'duplicate') > 0
ORDER BY day DESC, source;
