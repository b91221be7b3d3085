-- Desk: interactions by local hour, ISO weekday (1 = Monday) and ISO week.
SELECT iso_year, iso_week, weekday, local_hour, count(*) AS interactions
FROM desk_interactions_current
GROUP BY iso_year, iso_week, weekday, local_hour
ORDER BY iso_year, iso_week, weekday, local_hour;
