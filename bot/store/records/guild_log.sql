-- name: record_act
INSERT INTO audit (guild_id, at, ordinal, by_id, act, subject, before, after)
SELECT :guild_id, :now, COALESCE(MAX(a.ordinal), 0) + 1, :by, :act, :subject, :before, :after
FROM audit AS a WHERE a.guild_id = :guild_id
RETURNING ordinal;

-- name: acts
SELECT * FROM audit WHERE guild_id = :guild_id AND ordinal < :below
ORDER BY ordinal DESC
LIMIT :limit;

-- name: owe_notice
INSERT INTO notices (guild_id, notice_key, kind, content, state, created_at, due_at)
VALUES (:guild_id, :key, :kind, :content, :state, :now, :now)
ON CONFLICT (guild_id, notice_key) DO NOTHING;

-- name: notices_open
SELECT guild_id, notice_key, due_at FROM notices
WHERE state IN ('waiting', 'claimed') AND (guild_id / 4194304) % :shard_count BETWEEN :first_shard AND :last_shard
ORDER BY due_at, created_at, guild_id, notice_key
LIMIT :limit;

-- name: claim_notice
UPDATE notices SET
    state = 'claimed', attempts = attempts + 1, first_attempt_at = COALESCE(first_attempt_at, :now)
WHERE guild_id = :guild_id AND notice_key = :key AND state IN ('waiting', 'claimed')
RETURNING *;

-- name: notice_delivered
UPDATE notices SET state = 'delivered', message_id = :message_id, ended_at = :now
WHERE guild_id = :guild_id AND notice_key = :key AND state = 'claimed';

-- name: dead_letter_notice
UPDATE notices SET state = 'dead', dead_because = :because, ended_at = :now
WHERE guild_id = :guild_id AND notice_key = :key AND state IN ('waiting', 'claimed');

-- name: postpone_notice
UPDATE notices SET due_at = :due
WHERE guild_id = :guild_id AND notice_key = :key AND state IN ('waiting', 'claimed');

-- name: told_already
SELECT notice_key FROM notices WHERE guild_id = :guild_id AND notice_key = :key;
