-- Messages of an event day that came more than two days after it; the last 200 days of receipt and event.
SELECT source, event_date, CAST(opened_at AS DATE) AS received, count(*) AS messages
FROM ledger
WHERE verdict = 'enriched' AND CAST(opened_at AS DATE) > CAST(event_date AS DATE) + INTERVAL 2 DAY
GROUP BY source, event_date, CAST(opened_at AS DATE)
ORDER BY received DESC, source, event_date
LIMIT 200;
