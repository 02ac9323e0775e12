-- name: owe_notice
INSERT INTO notices (guild_id, notice_key, kind, content, state, created_at, due_at)
VALUES (:guild_id, :key, :kind, :content, :state, :now, :now)
ON CONFLICT (guild_id, notice_key) DO NOTHING;

-- name: notices_open
SELECT guild_id, notice_key, due_at FROM notices
WHERE state IN ('waiting', 'claimed')
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

-- name: bury_notice
UPDATE notices SET state = 'dead', dead_because = :because, ended_at = :now
WHERE guild_id = :guild_id AND notice_key = :key AND state IN ('waiting', 'claimed');

-- name: postpone_notice
UPDATE notices SET due_at = :due
WHERE guild_id = :guild_id AND notice_key = :key AND state IN ('waiting', 'claimed');
