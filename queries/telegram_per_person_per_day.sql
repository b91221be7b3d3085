-- Telegram: messages per person (a pseudonym) and day.
SELECT person, event_date, count(*) AS messages
FROM telegram_messages_current
WHERE service IS NULL AND direction = 'in' AND person IS NOT NULL AND NOT coalesce(user_is_bot, false)
GROUP BY person, event_date
ORDER BY person, event_date;
