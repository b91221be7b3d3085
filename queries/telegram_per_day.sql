-- Telegram: messages that people wrote, per day.
SELECT event_date, count(*) AS messages
FROM telegram_messages_current
WHERE service IS NULL AND direction = 'in' AND person IS NOT NULL AND NOT coalesce(user_is_bot, false)
GROUP BY event_date
ORDER BY event_date;
