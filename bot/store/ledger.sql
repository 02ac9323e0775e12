-- name: reserve(order_id, now)!
INSERT INTO entries (generation_id, kind, guild_id, namespace, micro_usd, at)
SELECT g.id, 'reserve', o.guild_id, o.namespace, o.quote_micro_usd, :now
FROM generations AS g JOIN orders AS o ON o.id = g.order_id
WHERE o.id = :order_id AND o.quote_micro_usd IS NOT NULL;

-- name: release(generation_id, now)!
INSERT INTO entries (generation_id, kind, guild_id, namespace, micro_usd, at)
SELECT generation_id, 'release', guild_id, namespace, -micro_usd, :now
FROM entries WHERE generation_id = :generation_id AND kind = 'reserve'
ON CONFLICT (generation_id, kind) DO NOTHING;

-- name: charge(generation_id, now)!
INSERT INTO entries (generation_id, kind, guild_id, namespace, micro_usd, at)
SELECT generation_id, 'charge', guild_id, namespace, micro_usd, :now
FROM entries WHERE generation_id = :generation_id AND kind = 'reserve'
ON CONFLICT (generation_id, kind) DO NOTHING;

-- name: adjust(generation_id, micro_usd, now)!
-- The provider's own figure stands above the quote. Only a success can have cost something.
INSERT INTO entries (generation_id, kind, guild_id, namespace, micro_usd, at)
SELECT g.id, 'adjust', o.guild_id, o.namespace, :micro_usd - COALESCE(
    (SELECT e.micro_usd FROM entries AS e WHERE e.generation_id = g.id AND e.kind = 'charge'), 0
), :now
FROM generations AS g JOIN orders AS o ON o.id = g.order_id
WHERE g.id = :generation_id AND g.state = 'succeeded'
ON CONFLICT (generation_id, kind) DO NOTHING;

-- name: cost_known(generation_id, now)!
UPDATE generations SET cost_known_at = :now
WHERE id = :generation_id AND state = 'succeeded' AND cost_known_at IS NULL;

-- name: costs_unknown(since, limit)
SELECT g.* FROM generations AS g
WHERE g.state = 'succeeded' AND g.cost_known_at IS NULL AND g.remote_id IS NOT NULL AND g.ended_at >= :since
ORDER BY g.ended_at, g.id
LIMIT :limit;

-- name: balance(guild_id)^
SELECT
    COALESCE(SUM(CASE WHEN kind IN ('charge', 'adjust') THEN micro_usd END), 0) AS spent,
    COALESCE(SUM(CASE WHEN kind IN ('reserve', 'release') THEN micro_usd END), 0) AS reserved
FROM entries WHERE guild_id = :guild_id;
