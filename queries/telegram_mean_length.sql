-- Telegram: mean length of texts (code points) per person (a pseudonym) and day; a message without a text is left out.
SELECT person, event_date, count(text_length) AS texts, round(avg(text_length), 1) AS mean_length
FROM telegram_messages_current
WHERE service IS NULL AND direction = 'in' AND person IS NOT NULL AND NOT coalesce(user_is_bot, false)
  AND text_length IS NOT NULL
GROUP BY person, event_date
ORDER BY person, event_date;
