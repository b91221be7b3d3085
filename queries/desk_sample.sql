-- Desk: the ten newest interactions as the table holds them, without the answers on health.
SELECT event_date, local_hour, channel, person, age_band, service_score, solved
FROM desk_interactions_current
ORDER BY occurred_at DESC, entity
LIMIT 10;
