-- Telegram messages with the most versions.
SELECT entity, count(*) AS versions, min(received_at) AS first, max(received_at) AS last
FROM telegram_messages
GROUP BY entity
HAVING count(*) > 1
ORDER BY versions DESC, entity
LIMIT 20;
