-- Desk: interactions per person (a pseudonym) and day; those without a valid CPF, who may be anyone, are left out.
SELECT person, event_date, count(*) AS interactions
FROM desk_interactions_current
WHERE person IS NOT NULL
GROUP BY person, event_date
ORDER BY person, event_date;
