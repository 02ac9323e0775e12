-- name: account_of_guild(guild_id)^
SELECT g.namespace, k.id, k.tail, k.refused_at FROM guilds AS g LEFT JOIN keys AS k ON k.id = g.key_id
WHERE g.guild_id = :guild_id;

-- name: claimed(namespace, guild_id, by)^
-- By another guild, that is, and another person's doing.
SELECT guild_id FROM guilds
WHERE LOWER(namespace) = LOWER(:namespace) AND guild_id <> :guild_id AND key_id IS NULL AND updated_by <> :by
LIMIT 1;

-- name: set_namespace(guild_id, namespace, now, by)!
INSERT INTO guilds (guild_id, namespace, updated_at, updated_by)
VALUES (:guild_id, :namespace, :now, :by)
ON CONFLICT (guild_id) DO UPDATE SET
    namespace = excluded.namespace, updated_at = excluded.updated_at, updated_by = excluded.updated_by;

-- name: fact(name)^
SELECT content FROM facts WHERE name = :name;

-- name: set_fact(name, content)!
INSERT INTO facts (name, content) VALUES (:name, :content)
ON CONFLICT (name) DO UPDATE SET content = excluded.content;
