-- name: queue_state
-- The turn of the member's next order is after the guild's, and after their own last one.
SELECT (
    SELECT COALESCE(MAX(t.turn), 0) + 1 FROM (
        SELECT turn FROM queue_turns WHERE guild_id = :guild_id
        UNION ALL
        SELECT turn FROM (
            SELECT turn FROM queue_positions WHERE guild_id = :guild_id AND requester_id = :requester_id
            ORDER BY turn DESC LIMIT 1
        ) AS own
    ) AS t
) AS turn,
CASE WHEN EXISTS (SELECT 1 FROM queue_positions WHERE guild_id = :guild_id AND stage = 'waiting') THEN 1 ELSE 0 END
    AS waiting,
(SELECT COALESCE(SUM(open), 0) FROM queue_positions WHERE guild_id = :guild_id AND stage <> 'waiting') AS running,
(SELECT COUNT(*) FROM queue_positions WHERE guild_id = :guild_id AND requester_id = :requester_id) AS of_member;

-- name: take_position
INSERT INTO queue_positions (order_id, guild_id, requester_id, turn, round, open, stage)
VALUES (:order_id, :guild_id, :requester_id, :turn, :turn, :open, :stage);

-- name: first_waiting
SELECT order_id, turn, open FROM queue_positions WHERE guild_id = :guild_id AND stage = 'waiting'
ORDER BY round, position, order_id
LIMIT 1;

-- name: last_waiting
SELECT order_id, round FROM queue_positions WHERE guild_id = :guild_id AND stage = 'waiting'
ORDER BY round DESC, position DESC, order_id DESC
LIMIT 1;

-- name: running
SELECT COALESCE(SUM(open), 0) FROM queue_positions WHERE guild_id = :guild_id AND stage <> 'waiting';

-- name: admit
UPDATE queue_positions SET stage = 'admitted' WHERE order_id = :order_id AND stage = 'waiting';

-- name: admitted_since
UPDATE orders SET admitted_at = COALESCE(admitted_at, :now) WHERE id = :order_id;

-- name: not_admitted_since
UPDATE orders SET admitted_at = NULL
WHERE id IN (SELECT order_id FROM queue_positions WHERE guild_id = :guild_id AND stage = 'admitted');

-- name: reach_turn
INSERT INTO queue_turns (guild_id, turn) VALUES (:guild_id, :turn)
ON CONFLICT (guild_id) DO UPDATE SET
    turn = CASE WHEN queue_turns.turn < excluded.turn THEN excluded.turn ELSE queue_turns.turn END;

-- name: leave_position
UPDATE queue_positions SET stage = 'sent' WHERE order_id = :order_id AND stage = 'admitted' RETURNING guild_id;

-- name: back_to_waiting
UPDATE queue_positions SET stage = 'waiting' WHERE order_id = :order_id AND stage = 'sent' RETURNING guild_id;

-- name: hold_back
UPDATE queue_positions SET stage = 'waiting' WHERE guild_id = :guild_id AND stage = 'admitted';

-- name: last_over
DELETE FROM queue_positions WHERE order_id = :order_id AND open <= 1 RETURNING guild_id, 0 AS open;

-- name: one_over
UPDATE queue_positions SET open = open - 1 WHERE order_id = :order_id AND open > 1 RETURNING guild_id, open;

-- name: position_of
SELECT p.*, o.model_id FROM queue_positions AS p JOIN orders AS o ON o.id = p.order_id
WHERE p.order_id = :order_id AND p.guild_id = :guild_id;

-- name: ahead
SELECT COUNT(*) AS orders, COALESCE(SUM(open), 0) AS generations FROM queue_positions
WHERE guild_id = :guild_id AND stage = 'waiting'
AND (round, position, order_id) < (:round, :position, :order_id);

-- name: waiting_at
-- The order that has so many before it, this one aside.
SELECT order_id, round, position FROM queue_positions
WHERE guild_id = :guild_id AND stage = 'waiting' AND order_id <> :order_id
ORDER BY round, position, order_id
LIMIT 1 OFFSET :skipped;

-- name: make_room
UPDATE queue_positions SET position = position + 2
WHERE guild_id = :guild_id AND stage = 'waiting' AND round = :round
AND (position, order_id) >= (:position, :before);

-- name: move_to
UPDATE queue_positions SET round = :round, position = :position WHERE order_id = :order_id AND stage = 'waiting';

-- name: orders_open
-- Of one member, in one channel, or all (0).
SELECT p.order_id FROM queue_positions AS p JOIN orders AS o ON o.id = p.order_id
WHERE p.guild_id = :guild_id AND p.order_id > :after
AND (:requester_id = 0 OR p.requester_id = :requester_id)
AND (:channel_id = 0 OR o.channel_id = :channel_id)
ORDER BY p.order_id
LIMIT :limit;

-- name: took
-- Milliseconds from the POST to the result, of the latest orders in the guild (`here`) and of the latest anywhere; and
-- what the cost of each depends on, as the time does.
SELECT o.here, g.ended_at - o.sent_at AS millis, o.cost_drivers FROM (
    SELECT 1 AS here, own.* FROM (
        SELECT id, sent_at, cost_drivers FROM orders
        WHERE guild_id = :guild_id AND model_id = :model_id AND provider = :provider
        ORDER BY created_at DESC LIMIT :limit
    ) AS own
    UNION ALL
    SELECT 0 AS here, anybodys.* FROM (
        SELECT id, sent_at, cost_drivers FROM orders WHERE model_id = :model_id AND provider = :provider
        ORDER BY created_at DESC LIMIT :limit
    ) AS anybodys
) AS o
JOIN generations AS g ON g.order_id = o.id
WHERE g.state = 'succeeded' AND o.sent_at IS NOT NULL;

-- name: waiting
-- In each guild's own order.
SELECT q.order_id, q.guild_id, q.place, o.created_at FROM (
    SELECT order_id, guild_id, ROW_NUMBER() OVER (PARTITION BY guild_id ORDER BY round, position, order_id) AS place
    FROM queue_positions
    WHERE stage = 'waiting' AND (guild_id / 4194304) % :shard_count BETWEEN :first_shard AND :last_shard
) AS q
JOIN orders AS o ON o.id = q.order_id
WHERE q.place <= :most
ORDER BY q.place, q.order_id
LIMIT :limit;

-- name: weight
-- Of one order (none: ''), one member, one channel, or all (0).
SELECT COUNT(DISTINCT o.id) AS orders, COUNT(g.id) AS generations,
    COALESCE(SUM(CASE WHEN g.state = 'intended' THEN 1 ELSE 0 END), 0) AS unsent,
    COALESCE(SUM(CASE WHEN COALESCE(o.estimate_source, 'ceiling') = 'ceiling' THEN 1 ELSE 0 END), 0) AS unpriced,
    COALESCE(SUM(o.quote_micro_usd), 0) AS micro_usd
FROM queue_positions AS p
JOIN orders AS o ON o.id = p.order_id
JOIN generations AS g ON g.order_id = o.id
WHERE p.guild_id = :guild_id AND g.ended_at IS NULL AND g.cancel_requested_by IS NULL
AND (:order_id = '' OR p.order_id = :order_id)
AND (:requester_id = 0 OR p.requester_id = :requester_id)
AND (:channel_id = 0 OR o.channel_id = :channel_id);
