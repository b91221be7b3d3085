-- Desk: scores per channel and day: how many there are, how many are 8 or more (CSAT is good / scored), and their mean.
SELECT event_date, channel, count(service_score) AS scored, count(*) FILTER (WHERE service_score >= 8) AS good,
  round(avg(service_score), 1) AS mean_score
FROM desk_interactions_current
GROUP BY event_date, channel
ORDER BY event_date, channel;
