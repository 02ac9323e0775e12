-- name: sealed_keys
SELECT id, sealed FROM keys ORDER BY id;

-- name: forget_lost_key
UPDATE guilds SET key_id = NULL, namespace = NULL WHERE key_id = :id;

-- name: delete_lost_key
DELETE FROM keys WHERE id = :id;

-- name: reseal_key
UPDATE keys SET sealed = :sealed WHERE id = :id;
