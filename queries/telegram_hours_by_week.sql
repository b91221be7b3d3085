-- Telegram: messages that people wrote by local hour, ISO weekday (1 = Monday) and ISO week.
SELECT iso_year, iso_week, weekday, local_hour, count(*) AS messages
FROM telegram_messages_current
WHERE service IS NULL AND direction = 'in' AND person IS NOT NULL AND NOT coalesce(user_is_bot, false)
GROUP BY iso_year, iso_week, weekday, local_hour
ORDER BY iso_year, iso_week, weekday, local_hour;
