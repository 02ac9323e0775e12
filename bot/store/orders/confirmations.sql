-- name: open_confirmation
INSERT INTO pending_confirmations (
    id, state, guild_id, requester_id, content, quote_micro_usd, before_micro_usd, asks_managers, created_at, lapses_at
) VALUES (
    :id, 'open', :guild_id, :requester_id, :content, :quote_micro_usd, :before_micro_usd, :asks_managers, :now, :lapses_at
);

-- name: confirmation
SELECT * FROM pending_confirmations WHERE id = :id;

-- name: price_anew
UPDATE pending_confirmations SET
    content = :content, quote_micro_usd = :quote_micro_usd, before_micro_usd = :before_micro_usd,
    asks_managers = :asks_managers, lapses_at = :lapses_at
WHERE id = :id AND state = 'open'
RETURNING id;

-- name: end_confirmation
-- A confirmation ends once. Whether its time is up is not decided here: the clock may have jumped since `lapses_at` was written.
UPDATE pending_confirmations SET state = :state, ended_at = :now WHERE id = :id AND state = 'open'
RETURNING id;

-- name: confirmations_open
SELECT id, lapses_at, asks_managers FROM pending_confirmations
WHERE state = 'open' AND (guild_id / 4194304) % :shard_count BETWEEN :first_shard AND :last_shard
ORDER BY lapses_at, id LIMIT :limit;

-- name: forget_confirmations
DELETE FROM pending_confirmations WHERE state <> 'open' AND ended_at < :before;
