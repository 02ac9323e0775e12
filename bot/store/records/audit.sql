-- name: record_act
INSERT INTO audit (guild_id, at, ordinal, by_id, act, subject, before, after)
SELECT :guild_id, :now, COALESCE(MAX(a.ordinal), 0) + 1, :by, :act, :subject, :before, :after
FROM audit AS a WHERE a.guild_id = :guild_id
RETURNING ordinal;

-- name: acts
SELECT * FROM audit WHERE guild_id = :guild_id AND ordinal < :below
ORDER BY ordinal DESC
LIMIT :limit;
