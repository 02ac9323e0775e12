-- name: policy
SELECT content FROM guild_policies WHERE guild_id = :guild_id;

-- name: policies
SELECT guild_id, content FROM guild_policies;

-- name: set_policy
INSERT INTO guild_policies (guild_id, content, updated_at, updated_by)
VALUES (:guild_id, :content, :now, :by)
ON CONFLICT (guild_id) DO UPDATE SET
    content = excluded.content, updated_at = excluded.updated_at, updated_by = excluded.updated_by;


-- name: rules_with_summary
-- As `policy_json` writes it. Of thousands of guilds few want one, and it takes the others' rules longer to be read.
SELECT guild_id, content FROM guild_policies WHERE content LIKE '%"weekly_summary": true%' ORDER BY guild_id;
