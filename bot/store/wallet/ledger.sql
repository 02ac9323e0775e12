-- name: reserve
INSERT INTO entries (generation_id, kind, guild_id, namespace, micro_usd, at)
SELECT g.id, 'reserve', o.guild_id, o.namespace, o.quote_micro_usd, :now
FROM generations AS g JOIN orders AS o ON o.id = g.order_id
WHERE o.id = :order_id AND o.quote_micro_usd IS NOT NULL
RETURNING micro_usd;

-- name: release
INSERT INTO entries (generation_id, kind, guild_id, namespace, micro_usd, at)
SELECT generation_id, 'release', guild_id, namespace, -micro_usd, :now
FROM entries WHERE generation_id = :generation_id AND kind = 'reserve'
ON CONFLICT (generation_id, kind) DO NOTHING
RETURNING micro_usd;

-- name: turn_into
-- What was reserved is released, and booked as a charge, or as unclear until that is known.
INSERT INTO entries (generation_id, kind, guild_id, namespace, micro_usd, at)
SELECT e.generation_id, k.kind, e.guild_id, e.namespace, e.micro_usd * k.sign, :now
FROM entries AS e CROSS JOIN (
    SELECT CAST(:kind AS TEXT) AS kind, 1 AS sign UNION ALL SELECT 'release' AS kind, -1 AS sign
) AS k
WHERE e.generation_id = :generation_id AND e.kind = 'reserve'
ON CONFLICT (generation_id, kind) DO NOTHING
RETURNING micro_usd;

-- name: clear
INSERT INTO entries (generation_id, kind, guild_id, namespace, micro_usd, at)
SELECT generation_id, 'clear', guild_id, namespace, -micro_usd, :now
FROM entries WHERE generation_id = :generation_id AND kind = 'unclear'
ON CONFLICT (generation_id, kind) DO NOTHING
RETURNING micro_usd;

-- name: charge
INSERT INTO entries (generation_id, kind, guild_id, namespace, micro_usd, at)
SELECT generation_id, 'charge', guild_id, namespace, micro_usd, :now
FROM entries WHERE generation_id = :generation_id AND kind = 'reserve'
ON CONFLICT (generation_id, kind) DO NOTHING
RETURNING micro_usd;

-- name: adjust
-- The provider's own figure stands above the quote. Only a success can have cost something.
INSERT INTO entries (generation_id, kind, guild_id, namespace, micro_usd, at)
SELECT g.id, 'adjust', o.guild_id, o.namespace, :micro_usd - COALESCE(
    (SELECT e.micro_usd FROM entries AS e WHERE e.generation_id = g.id AND e.kind = 'charge'), 0
), :now
FROM generations AS g JOIN orders AS o ON o.id = g.order_id
WHERE g.id = :generation_id AND g.state = 'succeeded'
ON CONFLICT (generation_id, kind) DO NOTHING
RETURNING micro_usd;

-- name: tally
-- For the requester and for the whole guild (0); a requester who was forgotten has no tally of their own.
INSERT INTO tallies (guild_id, user_id, quarter, micro_usd, orders)
SELECT o.guild_id, o.requester_id, o.created_at / 900000, CAST(:micro_usd AS BIGINT), CAST(:orders AS BIGINT)
FROM orders AS o WHERE o.id = :order_id AND o.requester_id <> 0
UNION ALL
SELECT o.guild_id, 0, o.created_at / 900000, CAST(:micro_usd AS BIGINT), CAST(:orders AS BIGINT)
FROM orders AS o WHERE o.id = :order_id
ON CONFLICT (guild_id, user_id, quarter) DO UPDATE SET
    micro_usd = tallies.micro_usd + excluded.micro_usd, orders = tallies.orders + excluded.orders;

-- name: tallied
-- Since the quarter hours in which the guild's day and month began.
SELECT user_id, SUM(micro_usd) AS month,
    SUM(CASE WHEN quarter >= :day THEN micro_usd ELSE 0 END) AS day,
    SUM(CASE WHEN quarter >= :day THEN orders ELSE 0 END) AS orders
FROM tallies
WHERE guild_id = :guild_id AND user_id IN (0, :user_id) AND quarter >= :month
GROUP BY user_id;

-- name: order_of
SELECT o.id, o.guild_id, o.requester_id, o.created_at, o.provider, o.key_id, o.namespace, o.model_id, o.model_name,
    o.cost_drivers, o.quote_micro_usd
FROM orders AS o
WHERE o.id = (SELECT g.order_id FROM generations AS g WHERE g.id = :generation_id);

-- name: redraw_card
-- The card says what was charged.
UPDATE orders SET
    revision = revision + 1,
    card_due_at = CASE WHEN card_due_at > :now THEN card_due_at ELSE :now END
WHERE id = (
    SELECT COALESCE(o.compared_in, o.id) FROM generations AS g JOIN orders AS o ON o.id = g.order_id
    WHERE g.id = :generation_id
);

-- name: cost_known
-- What the provider has charged for is confirmed.
UPDATE generations SET cost_known_at = :now, unconfirmed_since = NULL
WHERE id = :generation_id AND state = 'succeeded' AND cost_known_at IS NULL;

-- name: costs_unknown
-- The latest first. By a key that is deleted or refused nobody will ever be told.
SELECT g.*, o.namespace FROM generations AS g JOIN orders AS o ON o.id = g.order_id
WHERE g.state = 'succeeded' AND g.cost_known_at IS NULL AND g.remote_id IS NOT NULL AND g.ended_at >= :since
AND (g.key_id IS NULL OR EXISTS (SELECT 1 FROM keys AS k WHERE k.id = g.key_id AND k.refused_at IS NULL))
ORDER BY g.ended_at DESC, g.id
LIMIT :limit;

-- name: last_of
-- Of so many entries after a generation the last one's; NULL when there is none.
SELECT MAX(generation_id) FROM (
    SELECT generation_id FROM entries WHERE generation_id > :after ORDER BY generation_id LIMIT :limit
) AS following;

-- name: charged_by_payer
-- What each payer was charged for the generations between these, and for how many of them that is an estimate.
SELECT g.provider, g.key_id, e.namespace,
    SUM(CASE WHEN e.kind IN ('charge', 'adjust') THEN e.micro_usd ELSE 0 END) AS micro_usd,
    SUM(CASE WHEN e.kind = 'charge' AND NOT EXISTS (
        SELECT 1 FROM entries AS a WHERE a.generation_id = e.generation_id AND a.kind = 'adjust'
    ) THEN 1 ELSE 0 END) AS estimates
FROM entries AS e JOIN generations AS g ON g.id = e.generation_id
WHERE e.generation_id > :after AND e.generation_id <= :last AND e.kind IN ('charge', 'adjust', 'unclear')
GROUP BY g.provider, g.key_id, e.namespace;

-- name: unclear_of_guild
-- What may have been charged and nobody has cleared, the latest first, with where its order's card is; or ('') one.
SELECT e.generation_id, e.micro_usd, e.at, g.ordinal, g.reason, o.id AS order_id, o.model_name, o.channel_id,
    o.card_message_id, o.requester_id
FROM entries AS e JOIN generations AS g ON g.id = e.generation_id JOIN orders AS o ON o.id = g.order_id
WHERE e.guild_id = :guild_id AND e.kind = 'unclear' AND NOT EXISTS (
    SELECT 1 FROM entries AS c WHERE c.generation_id = e.generation_id AND c.kind = 'clear'
) AND (:generation_id = '' OR e.generation_id = :generation_id)
ORDER BY e.at DESC, e.generation_id
LIMIT :limit;

-- name: unclear_of_payer
SELECT e.generation_id, g.order_id FROM entries AS e JOIN generations AS g ON g.id = e.generation_id
WHERE e.kind = 'unclear' AND e.at < :before AND g.provider = :provider AND COALESCE(g.key_id, '') = :key_id
AND COALESCE(e.namespace, '') = :namespace AND NOT EXISTS (
    SELECT 1 FROM entries AS c WHERE c.generation_id = e.generation_id AND c.kind = 'clear'
);

-- name: behind
-- A payer's outputs by why they can be behind a difference. Each part reads by an index of what is open, or from
-- `first` on, an id before all that can have ended since.
SELECT 'unclear' AS why, COUNT(*) AS outputs, COALESCE(SUM(e.micro_usd), 0) AS micro_usd
FROM entries AS e JOIN generations AS g ON g.id = e.generation_id
WHERE e.kind = 'unclear' AND g.provider = :provider AND COALESCE(g.key_id, '') = :key_id
AND COALESCE(e.namespace, '') = :namespace AND NOT EXISTS (
    SELECT 1 FROM entries AS c WHERE c.generation_id = e.generation_id AND c.kind = 'clear'
)
UNION ALL
SELECT 'estimated', COUNT(*), COALESCE(SUM(e.micro_usd), 0)
FROM generations AS g JOIN entries AS e ON e.generation_id = g.id AND e.kind = 'charge'
WHERE g.state = 'succeeded' AND g.cost_known_at IS NULL AND g.provider = :provider
AND COALESCE(g.key_id, '') = :key_id AND COALESCE(e.namespace, '') = :namespace
UNION ALL
SELECT 'running', COUNT(*), COALESCE(SUM(e.micro_usd), 0)
FROM generations AS g JOIN entries AS e ON e.generation_id = g.id AND e.kind = 'reserve'
WHERE g.ended_at IS NULL AND COALESCE(g.remote_id, '') <> '' AND g.provider = :provider
AND COALESCE(g.key_id, '') = :key_id AND COALESCE(e.namespace, '') = :namespace
UNION ALL
SELECT 'late', COUNT(*), COALESCE(SUM(-c.micro_usd), 0)
FROM generations AS g JOIN entries AS c ON c.generation_id = g.id AND c.kind = 'clear'
WHERE g.id >= :first AND g.state = 'succeeded' AND c.at >= :since AND g.provider = :provider
AND COALESCE(g.key_id, '') = :key_id AND COALESCE(c.namespace, '') = :namespace
UNION ALL
SELECT 'failed', COUNT(*), COALESCE(SUM(o.quote_micro_usd), 0)
FROM generations AS g JOIN orders AS o ON o.id = g.order_id
WHERE g.id >= :first AND g.ended_at >= :since AND g.remote_id IS NOT NULL AND g.state <> 'succeeded'
AND g.provider = :provider AND COALESCE(g.key_id, '') = :key_id AND COALESCE(o.namespace, '') = :namespace
AND NOT EXISTS (SELECT 1 FROM entries AS u WHERE u.generation_id = g.id AND u.kind = 'unclear');

-- name: unsettled_payers
-- Those of whose successes the provider has not yet told all the prices.
SELECT DISTINCT g.provider, g.key_id, o.namespace FROM generations AS g JOIN orders AS o ON o.id = g.order_id
WHERE g.state = 'succeeded' AND g.cost_known_at IS NULL AND g.ended_at >= :since;
