-- name: payers
SELECT guild_id, provider, key_id, namespace FROM guilds;

-- name: account_of_guild
SELECT g.namespace, k.id, k.tail, k.refused_at FROM guilds AS g LEFT JOIN keys AS k ON k.id = g.key_id
WHERE g.guild_id = :guild_id AND g.provider = :provider;

-- name: claimed
-- By another guild, that is, and another person's doing.
SELECT guild_id FROM guilds
WHERE LOWER(namespace) = LOWER(:namespace) AND provider = :provider AND guild_id <> :guild_id
AND key_id IS NULL AND updated_by <> :by
LIMIT 1;

-- name: set_namespace
INSERT INTO guilds (guild_id, provider, namespace, updated_at, updated_by)
VALUES (:guild_id, :provider, :namespace, :now, :by)
ON CONFLICT (guild_id, provider) DO UPDATE SET
    namespace = excluded.namespace, updated_at = excluded.updated_at, updated_by = excluded.updated_by;

-- name: put_key
-- The same key again, by whomever: it was checked just now, so it is refused no more.
INSERT INTO keys (id, provider, sealed, tail, added_at) VALUES (:id, :provider, :sealed, :tail, :now)
ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, refused_at = NULL;

-- name: give_key
INSERT INTO guilds (guild_id, provider, key_id, namespace, updated_at, updated_by)
VALUES (:guild_id, :provider, :key_id, :namespace, :now, :by)
ON CONFLICT (guild_id, provider) DO UPDATE SET
    key_id = excluded.key_id, namespace = excluded.namespace,
    updated_at = excluded.updated_at, updated_by = excluded.updated_by;

-- name: key_by_id
SELECT * FROM keys WHERE id = :id;

-- name: key_of_guild
SELECT k.* FROM keys AS k JOIN guilds AS g ON g.key_id = k.id
WHERE g.guild_id = :guild_id AND g.provider = :provider;

-- name: guilds_with_key
SELECT guild_id FROM guilds WHERE key_id = :id ORDER BY guild_id;

-- name: take_key
-- The namespace goes with the key: it was checked with that key alone.
UPDATE guilds SET key_id = NULL, namespace = NULL, updated_at = :now, updated_by = :by
WHERE guild_id = :guild_id AND provider = :provider AND key_id IS NOT NULL;

-- name: delete_key
DELETE FROM keys WHERE id = :id AND NOT EXISTS (SELECT 1 FROM guilds AS g WHERE g.key_id = keys.id);

-- name: keys_not_needed
-- No server has it, nothing is under way by it, and no result of it is still to be fetched.
SELECT k.id FROM keys AS k
WHERE NOT EXISTS (SELECT 1 FROM guilds AS g WHERE g.key_id = k.id)
AND NOT EXISTS (SELECT 1 FROM generations AS n WHERE n.key_id = k.id AND n.ended_at IS NULL)
AND NOT EXISTS (
    SELECT 1 FROM posts AS p JOIN orders AS o ON o.id = p.order_id
    WHERE p.state IN ('waiting', 'claimed') AND o.key_id = k.id
)
ORDER BY k.id;

-- name: refuse_key
UPDATE keys SET refused_at = :now WHERE id = :id AND refused_at IS NULL
RETURNING id;

-- name: trial_used
-- What the guild has spent and reserved where the operator's own namespace paid.
SELECT COALESCE(SUM(e.micro_usd), 0) FROM entries AS e
JOIN generations AS g ON g.id = e.generation_id
WHERE e.guild_id = :guild_id AND e.namespace IS NULL AND g.key_id IS NULL;
