-- name: insert_order(id, guild_id, channel_id, card_message_id, requester_id, locale, kind, model_id, model_name, prompt, parameters, namespace, quote_micro_usd, repeat_of, created_at, card_due_at)!
INSERT INTO orders (
    id, guild_id, channel_id, card_message_id, requester_id, locale, kind, model_id, model_name, prompt,
    parameters, namespace, quote_micro_usd, repeat_of, created_at, send_due_at, revision, card_revision, card_due_at
) VALUES (
    :id, :guild_id, :channel_id, :card_message_id, :requester_id, :locale, :kind, :model_id, :model_name, :prompt,
    :parameters, :namespace, :quote_micro_usd, :repeat_of, :created_at, :created_at, 1, 0, :card_due_at
);

-- name: insert_generation(id, order_id, ordinal)!
INSERT INTO generations (id, order_id, ordinal, state) VALUES (:id, :order_id, :ordinal, 'intended');

-- name: order_repeating(id)^
SELECT id FROM orders WHERE repeat_of = :id;

-- name: order_by_id(id)^
SELECT * FROM orders WHERE id = :id;

-- name: generations_of_order(order_id)
SELECT * FROM generations WHERE order_id = :order_id ORDER BY ordinal;

-- name: touch_order(now, id)!
-- The card no longer shows what the rows say.
UPDATE orders SET
    revision = revision + 1,
    card_due_at = CASE WHEN card_due_at > :now THEN card_due_at ELSE :now END
WHERE id = :id;

-- name: orders_to_send(limit)
SELECT o.id, o.send_due_at FROM orders AS o
WHERE o.id IN (SELECT g.order_id FROM generations AS g WHERE g.state = 'intended' AND g.ended_at IS NULL)
ORDER BY o.send_due_at, o.id
LIMIT :limit;

-- name: generations_to_sending(order_id)!
UPDATE generations SET state = 'sending' WHERE order_id = :order_id AND state = 'intended';

-- name: stamp_sending(now, id)!
UPDATE orders SET sent_at = :now, send_attempts = send_attempts + 1 WHERE id = :id;

-- name: generations_back_to_intended(order_id)!
UPDATE generations SET state = 'intended' WHERE order_id = :order_id AND state = 'sending';

-- name: postpone_sending(due, id)!
UPDATE orders SET send_due_at = :due WHERE id = :id;

-- name: generations_to_unknown(order_id)!
UPDATE generations SET state = 'unknown' WHERE order_id = :order_id AND state = 'sending';

-- name: orders_left_sending()
-- After a crash: the POST may or may not have left.
SELECT DISTINCT order_id AS id FROM generations WHERE state = 'sending' AND ended_at IS NULL;

-- name: orders_unknown()
SELECT DISTINCT o.id, o.namespace, o.sent_at FROM orders AS o
JOIN generations AS g ON g.order_id = o.id
WHERE g.state = 'unknown' AND g.ended_at IS NULL
ORDER BY o.sent_at, o.id;

-- name: adopt_generation(remote_id, now, id)^
UPDATE generations SET state = 'queued', remote_id = :remote_id, queued_at = :now
WHERE id = :id AND state IN ('sending', 'unknown')
RETURNING id;

-- name: remote_id_taken(remote_id)^
SELECT order_id FROM generations WHERE remote_id = :remote_id;

-- name: owned_remote_ids(since)
SELECT remote_id FROM generations WHERE remote_id IS NOT NULL AND order_id IN (
    SELECT id FROM orders WHERE created_at >= :since
);

-- name: stale_cards(limit)
SELECT id, card_due_at FROM orders
WHERE card_revision < revision AND card_message_id IS NOT NULL
ORDER BY card_due_at, id
LIMIT :limit;

-- name: card_shown(revision, due, id)!
UPDATE orders SET card_revision = :revision, card_due_at = :due WHERE id = :id AND card_revision < :revision;

-- name: postpone_card(due, id)!
UPDATE orders SET card_due_at = :due WHERE id = :id;

-- name: orders_in_flight(guild_id)
SELECT o.* FROM orders AS o
WHERE o.guild_id = :guild_id
AND EXISTS (SELECT 1 FROM generations AS g WHERE g.order_id = o.id AND g.ended_at IS NULL)
ORDER BY o.created_at, o.id;

-- name: generations_of_orders_in_flight(guild_id)
SELECT g.* FROM generations AS g
WHERE g.order_id IN (
    SELECT o.id FROM orders AS o
    WHERE o.guild_id = :guild_id
    AND EXISTS (SELECT 1 FROM generations AS f WHERE f.order_id = o.id AND f.ended_at IS NULL)
)
ORDER BY g.order_id, g.ordinal;
