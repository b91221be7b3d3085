-- What could not be read: quarantined messages by reason and field, with the first and last receipt.
SELECT source, reason, field, count(*) AS messages, min(opened_at) AS first, max(opened_at) AS last
FROM ledger
WHERE verdict = 'quarantined'
GROUP BY source, reason, field
ORDER BY messages DESC, source, reason, field;
