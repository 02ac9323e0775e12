-- name: namespaces
-- Those that are billed by the operator's key: what a server does by its own is its own affair.
SELECT namespace, guild_id FROM guilds WHERE provider = :provider AND namespace IS NOT NULL AND key_id IS NULL ORDER BY namespace, guild_id;

-- name: remote_ids
SELECT remote_id FROM generations WHERE provider = :provider AND remote_id IS NOT NULL;

-- name: orders_on_their_way
SELECT DISTINCT order_id FROM generations WHERE provider = :provider AND state IN ('sending', 'unknown') ORDER BY order_id;

-- name: sealed_keys
SELECT id, sealed FROM keys ORDER BY id;

-- name: forget_lost_key
UPDATE guilds SET key_id = NULL, namespace = NULL WHERE key_id = :id;

-- name: delete_lost_key
DELETE FROM keys WHERE id = :id;

-- name: reseal_key
UPDATE keys SET sealed = :sealed WHERE id = :id;
