-- The desk’s 20 messages with the longest time from the event to its receipt.
SELECT entity, occurred_at, received_at, received_at - occurred_at AS delay
FROM desk_interactions_current
WHERE occurred_at IS NOT NULL
ORDER BY delay DESC, entity
LIMIT 20;
