-- Desk: the 50 newest messages that chose a service which is not in the menu; chatlake quarantine show PLACE --body says which.
SELECT received_at, concat(_raw_key, '#', _line) AS place
FROM desk_interactions_current
WHERE list_contains(services, '*')
ORDER BY received_at DESC, place
LIMIT 50;
