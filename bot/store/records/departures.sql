-- name: guilds_known
-- Guilds of which any row tells, without those that are purged. Orders are many: one look into the index for each guild.
WITH RECURSIVE ordering (guild_id) AS (
    SELECT MIN(guild_id) FROM orders
    UNION ALL
    SELECT (SELECT MIN(o.guild_id) FROM orders AS o WHERE o.guild_id > ordering.guild_id)
    FROM ordering WHERE ordering.guild_id IS NOT NULL
)
SELECT k.guild_id FROM (
    SELECT guild_id FROM ordering WHERE guild_id IS NOT NULL
    UNION SELECT guild_id FROM guilds
    UNION SELECT guild_id FROM guild_policies
    UNION SELECT guild_id FROM pending_confirmations
) AS k
WHERE NOT EXISTS (SELECT 1 FROM departures AS d WHERE d.guild_id = k.guild_id AND d.purged_at IS NOT NULL)
ORDER BY k.guild_id;

-- name: note_departure
INSERT INTO departures (guild_id, left_at) VALUES (:guild_id, :now)
ON CONFLICT (guild_id) DO NOTHING;

-- name: departed
SELECT guild_id FROM departures ORDER BY guild_id;

-- name: forget_departure
DELETE FROM departures WHERE guild_id = :guild_id;

-- name: redraw_missed_cards
-- What ended while the bot was away could not be shown on its card, which still says that it is under way.
UPDATE orders SET revision = revision + 1
WHERE guild_id = :guild_id AND card_message_id IS NOT NULL
AND created_at >= (SELECT d.left_at FROM departures AS d WHERE d.guild_id = :guild_id) - :window
AND EXISTS (
    SELECT 1 FROM generations AS g WHERE g.order_id = orders.id
    AND g.ended_at >= (SELECT d.left_at FROM departures AS d WHERE d.guild_id = :guild_id)
);

-- name: departures_due
SELECT guild_id FROM departures WHERE purged_at IS NULL AND left_at <= :before ORDER BY guild_id;

-- name: still_gone
SELECT guild_id FROM departures WHERE guild_id = :guild_id AND purged_at IS NULL;

-- name: orders_of_guild
SELECT id, created_at FROM orders
WHERE guild_id = :guild_id AND created_at >= :since AND (created_at, id) > (:since, :after)
ORDER BY created_at, id
LIMIT :limit;

-- name: forget_all_cancels
UPDATE generations SET cancel_requested_by = 0 WHERE order_id = :id AND cancel_requested_by IS NOT NULL;

-- name: any_place
SELECT order_id FROM queue_positions WHERE guild_id = :guild_id LIMIT 1;

-- name: purge_account
DELETE FROM guilds WHERE guild_id = :guild_id;

-- name: purge_rules
DELETE FROM guild_policies WHERE guild_id = :guild_id;

-- name: purge_audit
DELETE FROM audit WHERE guild_id = :guild_id;

-- name: purge_notices
DELETE FROM notices WHERE guild_id = :guild_id;

-- name: purge_drafts
DELETE FROM pending_confirmations WHERE guild_id = :guild_id;

-- name: purge_turn
DELETE FROM queue_turns WHERE guild_id = :guild_id;

-- name: purge_tallies
-- The guild's own stay: they are the sums of its entries.
DELETE FROM tallies WHERE guild_id = :guild_id AND user_id <> 0;

-- name: purge_erasures
DELETE FROM erasures WHERE guild_id = :guild_id;

-- name: purged
UPDATE departures SET purged_at = :now WHERE guild_id = :guild_id;
