-- Desk: interactions per day and channel.
SELECT event_date, channel, count(*) AS interactions
FROM desk_interactions_current
GROUP BY event_date, channel
ORDER BY event_date, channel;
