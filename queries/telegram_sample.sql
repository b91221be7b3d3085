-- Telegram: the ten newest messages as the table holds them; texts stand in telegram_texts alone.
SELECT event_date, local_hour, chat_type, chat_id, message_id, direction, person, user_is_bot, media, text_length
FROM telegram_messages_current
ORDER BY occurred_at DESC, entity
LIMIT 10;
