-- name: count_styles
SELECT COUNT(*) FROM styles WHERE guild_id = :guild_id AND owner_id = :owner_id;

-- name: style_named
SELECT * FROM styles WHERE guild_id = :guild_id AND owner_id = :owner_id AND name_key = :name_key;

-- name: style_of_id
SELECT * FROM styles WHERE guild_id = :guild_id AND id = :id AND owner_id IN (0, :owner_id);

-- name: insert_style
INSERT INTO styles (id, guild_id, owner_id, saved_by, name, name_key, content, saved_at)
VALUES (:id, :guild_id, :owner_id, :saved_by, :name, :name_key, :content, :saved_at);

-- name: replace_style
UPDATE styles SET saved_by = :saved_by, name = :name, content = :content, saved_at = :saved_at WHERE id = :id;

-- name: styles_for
-- A member's own, then the server's.
SELECT * FROM styles
WHERE guild_id = :guild_id AND owner_id IN (0, :owner_id) AND name_key LIKE :words ESCAPE '\'
ORDER BY CASE WHEN owner_id = 0 THEN 1 ELSE 0 END, name_key
LIMIT :limit OFFSET :skipped;

-- name: count_styles_for
SELECT COUNT(*) FROM styles WHERE guild_id = :guild_id AND owner_id IN (0, :owner_id);

-- name: share_style
UPDATE styles SET owner_id = 0, saved_by = :saved_by, saved_at = :saved_at WHERE id = :id AND owner_id = :owner_id
RETURNING id;

-- name: delete_style
DELETE FROM styles WHERE id = :id RETURNING id;
