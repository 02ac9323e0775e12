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

-- name: key_value
SELECT content FROM key_values WHERE name = :name;

-- name: set_key_value
INSERT INTO key_values (name, content) VALUES (:name, :content)
ON CONFLICT (name) DO UPDATE SET content = excluded.content;
