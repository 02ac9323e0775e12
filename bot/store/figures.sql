-- name: generations_open
SELECT kind, state, COUNT(*) AS number FROM generations WHERE ended_at IS NULL GROUP BY kind, state;

-- name: unknown_since
-- Since when the order that has been looked up for longest was on its way.
SELECT MIN(o.sent_at) FROM generations AS g JOIN orders AS o ON o.id = g.order_id
WHERE g.ended_at IS NULL AND g.state = 'unknown';

-- name: posts_owed
SELECT state, COUNT(*) AS number, MIN(due_at) AS due_at FROM posts WHERE state IN ('waiting', 'claimed') GROUP BY state;

-- name: posts_held
SELECT COUNT(*) FROM posts WHERE held_at IS NOT NULL AND state <> 'delivered';

-- name: notices_owed
SELECT COUNT(*) FROM notices WHERE state IN ('waiting', 'claimed');

-- name: cards_stale
SELECT COUNT(*) FROM orders WHERE card_revision < revision AND card_message_id IS NOT NULL;

-- name: queued
-- Admitted orders wait since they were, the others since they were placed.
SELECT q.stage, COUNT(*) AS number,
    MIN(CASE WHEN q.stage = 'waiting' THEN o.created_at ELSE COALESCE(o.admitted_at, o.created_at) END) AS since
FROM queue_positions AS q JOIN orders AS o ON o.id = q.order_id GROUP BY q.stage;

-- name: keys_refused
SELECT COUNT(*) FROM keys WHERE refused_at IS NOT NULL;

-- name: booked
-- Reserved, charged and unclear together, in the rows that stand for whole guilds.
SELECT COALESCE(SUM(micro_usd), 0) FROM tallies WHERE user_id = 0;

-- name: costs_untold
SELECT COUNT(*) FROM generations WHERE state = 'succeeded' AND cost_known_at IS NULL AND ended_at >= :since;

-- name: reserved
SELECT COALESCE(SUM(o.quote_micro_usd), 0) FROM generations AS g JOIN orders AS o ON o.id = g.order_id
WHERE g.ended_at IS NULL;

-- name: unclear
SELECT COALESCE(SUM(e.micro_usd), 0) FROM entries AS e WHERE e.kind = 'unclear' AND NOT EXISTS (
    SELECT 1 FROM entries AS c WHERE c.generation_id = e.generation_id AND c.kind = 'clear'
);
