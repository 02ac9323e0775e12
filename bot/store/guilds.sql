-- name: guild_by_id(guild_id)^
SELECT * FROM guilds WHERE guild_id = :guild_id;

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
