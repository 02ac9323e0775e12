-- name: spent_by_quarter
SELECT quarter, micro_usd, orders FROM tallies
WHERE guild_id = :guild_id AND user_id = :user_id AND quarter >= :start AND quarter < :end;

-- name: spent_by_member
-- Grouped by an expression, so that it is read by time and not through all that the guild ever spent.
SELECT user_id + 0 AS user_id, SUM(micro_usd) AS micro_usd, SUM(orders) AS orders FROM tallies
WHERE guild_id = :guild_id AND quarter >= :start AND quarter < :end AND user_id <> 0
GROUP BY user_id + 0;

-- name: not_charged
-- Of orders since then: what is reserved for what is not over, and what ended unclear and was not cleared.
SELECT COALESCE((
    SELECT SUM(e.micro_usd) FROM queue_positions AS p
    JOIN orders AS o ON o.id = p.order_id
    JOIN generations AS g ON g.order_id = o.id
    JOIN entries AS e ON e.generation_id = g.id
    WHERE p.guild_id = :guild_id AND o.created_at >= :start AND g.ended_at IS NULL
), 0) AS reserved, COALESCE((
    SELECT SUM(e.micro_usd) FROM entries AS e
    JOIN generations AS g ON g.id = e.generation_id
    JOIN orders AS o ON o.id = g.order_id
    WHERE e.guild_id = :guild_id AND e.kind = 'unclear' AND o.created_at >= :start AND NOT EXISTS (
        SELECT 1 FROM entries AS c WHERE c.generation_id = e.generation_id AND c.kind = 'clear'
    )
), 0) AS unclear;

-- name: outcomes
-- Of all members' orders (0), or one's. Read by time: grouped by the bare columns, it would be read by the model or the member.
-- `took` and `held` are whole seconds from the order to the end, and to the POST.
-- `unclear` may have been charged; `estimated` was, as far as anybody knows, and the provider has not said how much.
SELECT t.requester_id, t.model_id, MAX(t.model_name) AS model_name, t.kind, t.state, t.took, t.held,
    COUNT(*) AS outputs, SUM(t.micro_usd) AS micro_usd, SUM(t.unclear) AS unclear,
    SUM(CASE WHEN t.ended = 1 AND t.told = 0 THEN t.micro_usd - t.unclear ELSE 0 END) AS estimated,
    SUM(CASE WHEN t.ordinal = 1 THEN 1 ELSE 0 END) AS orders
FROM (
    SELECT o.requester_id + 0 AS requester_id, o.model_id || '' AS model_id, o.model_name, o.kind, g.state, g.ordinal,
        (g.ended_at - o.created_at) / 1000 AS took, (o.sent_at - o.created_at) / 1000 AS held,
        CASE WHEN g.ended_at IS NULL THEN 0 ELSE 1 END AS ended,
        COALESCE((SELECT SUM(e.micro_usd) FROM entries AS e WHERE e.generation_id = g.id), 0) AS micro_usd,
        COALESCE((
            SELECT SUM(e.micro_usd) FROM entries AS e WHERE e.generation_id = g.id AND e.kind IN ('unclear', 'clear')
        ), 0) AS unclear,
        (SELECT COUNT(*) FROM entries AS e WHERE e.generation_id = g.id AND e.kind = 'adjust') AS told
    FROM orders AS o JOIN generations AS g ON g.order_id = o.id
    WHERE o.guild_id = :guild_id AND o.created_at >= :start AND o.created_at < :end
    AND (:requester_id = 0 OR o.requester_id = :requester_id)
) AS t
GROUP BY t.requester_id, t.model_id, t.kind, t.state, t.took, t.held;

-- name: outputs_in
-- For a table: from the order after `after` on, in the order in which they were placed.
SELECT g.id, g.order_id, g.ordinal, g.remote_id, o.requester_id, o.kind, o.model_id, g.state, g.reason, o.created_at,
    o.sent_at, g.ended_at, (SELECT SUM(e.micro_usd) FROM entries AS e WHERE e.generation_id = g.id) AS micro_usd,
    COALESCE((
        SELECT SUM(e.micro_usd) FROM entries AS e WHERE e.generation_id = g.id AND e.kind IN ('unclear', 'clear')
    ), 0) AS unclear,
    (SELECT COUNT(*) FROM entries AS e WHERE e.generation_id = g.id AND e.kind = 'adjust') AS told, o.estimate_source
FROM (
    SELECT * FROM orders
    WHERE guild_id = :guild_id AND created_at >= :start AND created_at < :end AND (created_at, id) > (:start, :after)
    AND (:requester_id = 0 OR requester_id = :requester_id)
    ORDER BY created_at, id
    LIMIT :limit
) AS o
JOIN generations AS g ON g.order_id = o.id
ORDER BY o.created_at, o.id, g.ordinal;

-- name: orders_before
SELECT id, prompt, model_name, parameters FROM orders WHERE guild_id = :guild_id AND (created_at, id) < (:at, :id)
ORDER BY created_at DESC, id DESC
LIMIT :limit;

-- name: orders_after
SELECT id, prompt, model_name, parameters FROM orders WHERE guild_id = :guild_id AND (created_at, id) > (:at, :id)
ORDER BY created_at, id
LIMIT :limit;

-- name: orders_of_member_before
SELECT id, prompt, model_name, parameters FROM orders
WHERE guild_id = :guild_id AND requester_id = :requester_id AND (created_at, id) < (:at, :id)
ORDER BY created_at DESC, id DESC
LIMIT :limit;

-- name: orders_of_member_after
SELECT id, prompt, model_name, parameters FROM orders
WHERE guild_id = :guild_id AND requester_id = :requester_id AND (created_at, id) > (:at, :id)
ORDER BY created_at, id
LIMIT :limit;

-- name: past_order
SELECT * FROM orders WHERE id = :id AND guild_id = :guild_id;

-- name: past_order_of
SELECT * FROM orders
WHERE id = (SELECT g.order_id FROM generations AS g WHERE g.id = :generation_id) AND guild_id = :guild_id;

-- name: past_orders_compared
SELECT * FROM orders WHERE compared_in = :first AND guild_id = :guild_id;

-- name: children_of
SELECT o.* FROM generations AS g JOIN orders AS o ON o.parent_id = g.id
WHERE g.order_id = :order_id AND o.guild_id = :guild_id
ORDER BY o.created_at DESC, o.id DESC
LIMIT :limit;

-- name: past_orders_by_short_id
SELECT * FROM orders WHERE guild_id = :guild_id AND substr(id, 19) = :short;

-- name: outputs_of
SELECT g.*, p.message_id, (SELECT SUM(e.micro_usd) FROM entries AS e WHERE e.generation_id = g.id) AS micro_usd
FROM generations AS g LEFT JOIN posts AS p ON p.id = g.post_id AND p.state = 'delivered'
WHERE g.order_id = :order_id
ORDER BY g.ordinal;
