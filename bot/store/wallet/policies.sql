-- name: policy
SELECT content FROM guild_policies WHERE guild_id = :guild_id;

-- name: policies
SELECT guild_id, content FROM guild_policies;

-- name: set_policy
INSERT INTO guild_policies (guild_id, content, updated_at, updated_by)
VALUES (:guild_id, :content, :now, :by)
ON CONFLICT (guild_id) DO UPDATE SET
    content = excluded.content, updated_at = excluded.updated_at, updated_by = excluded.updated_by;

