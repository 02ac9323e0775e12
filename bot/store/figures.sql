-- name: generations_open
SELECT state, COUNT(*) AS number FROM generations WHERE ended_at IS NULL GROUP BY state;

-- name: posts_owed
SELECT state, COUNT(*) AS number, MIN(due_at) AS due_at FROM posts WHERE state IN ('waiting', 'claimed') GROUP BY state;

-- name: posts_held
SELECT COUNT(*) FROM posts WHERE held_at IS NOT NULL AND state <> 'delivered';

-- name: notices_owed
SELECT COUNT(*) FROM notices WHERE state IN ('waiting', 'claimed');

-- name: cards_stale
SELECT COUNT(*) FROM orders WHERE card_revision < revision AND card_message_id IS NOT NULL;

-- name: queued
SELECT stage, COUNT(*) AS number FROM queue_positions GROUP BY stage;

-- name: costs_untold
SELECT COUNT(*) FROM generations WHERE state = 'succeeded' AND cost_known_at IS NULL AND ended_at >= :since;

-- name: reserved
SELECT COALESCE(SUM(o.quote_micro_usd), 0) FROM generations AS g JOIN orders AS o ON o.id = g.order_id
WHERE g.ended_at IS NULL;

-- name: unclear
SELECT COALESCE(SUM(e.micro_usd), 0) FROM entries AS e WHERE e.kind = 'unclear' AND NOT EXISTS (
    SELECT 1 FROM entries AS c WHERE c.generation_id = e.generation_id AND c.kind = 'clear'
);
