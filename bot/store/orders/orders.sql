-- name: insert_order
INSERT INTO orders (
    id, guild_id, channel_id, card_message_id, requester_id, locale, kind, model_id, model_name, prompt,
    parameters, inputs, spoiler, provider, key_id, namespace, quote_micro_usd, shown_micro_usd,
    estimate_source, estimate_samples, cost_drivers, repeat_of, parent_id, defaults, proper, compared_in, created_at,
    send_due_at, admitted_at, revision, card_revision, card_due_at, reviewed
) VALUES (
    :id, :guild_id, :channel_id, :card_message_id, :requester_id, :locale, :kind, :model_id, :model_name, :prompt,
    :parameters, :inputs, :spoiler, :provider, :key_id, :namespace, :quote_micro_usd, :shown_micro_usd,
    :estimate_source, :estimate_samples, :cost_drivers, :repeat_of, :parent_id, :defaults, :proper, :compared_in,
    :created_at, :created_at, :admitted_at, 1, 0, :card_due_at, :reviewed
)
RETURNING *;

-- name: insert_generation
INSERT INTO generations (id, order_id, ordinal, state, provider, key_id, kind)
SELECT :id, o.id, :ordinal, 'intended', o.provider, o.key_id, o.kind FROM orders AS o WHERE o.id = :order_id
RETURNING *;

-- name: order_repeating
SELECT id FROM orders WHERE repeat_of = :id;

-- name: order_by_press
-- Discord may tell of one press twice. Both lead to one card.
SELECT * FROM orders WHERE parent_id = :parent_id AND card_message_id = :card_message_id;

-- name: order_by_id
SELECT * FROM orders WHERE id = :id;

-- name: compared_with
-- The others of a comparison, by its first order.
SELECT o.* FROM orders AS o JOIN generations AS g ON g.order_id = o.id
WHERE o.compared_in = :id AND o.id <> :id
ORDER BY g.ordinal;

-- name: generations_of_order
-- `untold`: its post could neither be posted nor handed over yet; `told_by`: the message that told the channel. What is
-- compared is told of in the posts of the first order.
SELECT g.*, CASE WHEN p.held_at IS NOT NULL AND p.state <> 'delivered' THEN 1 ELSE 0 END AS untold,
    CASE WHEN p.state = 'delivered' AND p.direct_at IS NULL THEN p.message_id END AS told_by, p.review
FROM generations AS g JOIN orders AS o ON o.id = g.order_id
LEFT JOIN posts AS p ON p.id = g.post_id AND p.order_id = COALESCE(o.compared_in, o.id)
WHERE g.order_id = :order_id
ORDER BY g.ordinal;

-- name: booked
-- Of an order that is over: its charges, of how many outputs the provider has not told any, what is unclear, and how many
-- outputs may have been made of which nothing was estimated.
SELECT
    (SELECT SUM(e.micro_usd) FROM entries AS e JOIN generations AS g ON g.id = e.generation_id
        WHERE g.order_id = :order_id AND e.kind IN ('charge', 'adjust')) AS charged,
    (SELECT COUNT(*) FROM generations AS g
        WHERE g.order_id = :order_id AND g.cost_known_at IS NULL AND (g.state = 'succeeded' OR EXISTS (
            SELECT 1 FROM entries AS e WHERE e.generation_id = g.id AND e.kind = 'charge'
        ))) AS untold,
    (SELECT SUM(e.micro_usd) FROM entries AS e JOIN generations AS g ON g.id = e.generation_id
        WHERE g.order_id = :order_id AND e.kind = 'unclear' AND NOT EXISTS (
            SELECT 1 FROM entries AS c WHERE c.generation_id = e.generation_id AND c.kind = 'clear'
        )) AS unclear,
    (SELECT COUNT(*) FROM generations AS g
        WHERE g.order_id = :order_id AND g.clarified_at IS NULL
        AND g.reason IN ('lost', 'expired', 'absent', 'forgotten', 'key-lost')
        AND NOT EXISTS (SELECT 1 FROM entries AS e WHERE e.generation_id = g.id AND e.kind = 'unclear')) AS unknown;

-- name: touch_order
-- The card no longer shows what the rows say. Orders that are compared have the card of the first of them.
UPDATE orders SET
    revision = revision + 1,
    card_due_at = CASE WHEN card_due_at > :now THEN card_due_at ELSE :now END
WHERE id = (SELECT COALESCE(o.compared_in, o.id) FROM orders AS o WHERE o.id = :id);

-- name: orders_to_send
-- What the fair queue has admitted.
SELECT o.id, o.send_due_at, CASE WHEN o.inputs = '[]' THEN 0 ELSE 1 END AS with_files FROM queue_positions AS p JOIN orders AS o ON o.id = p.order_id
WHERE p.stage = 'admitted'
AND EXISTS (SELECT 1 FROM generations AS g WHERE g.order_id = p.order_id AND g.state = 'intended')
ORDER BY o.send_due_at, o.id
LIMIT :limit;

-- name: about_to_be_sent
-- By which rules, how many outputs the order has, and how many of them somebody wants no more.
SELECT p.content, o.guild_id, o.requester_id, o.created_at,
    (SELECT COUNT(*) FROM generations AS g WHERE g.order_id = o.id) AS outputs,
    (SELECT COUNT(*) FROM generations AS g WHERE g.order_id = o.id AND g.cancel_requested_at IS NOT NULL) AS unwanted
FROM orders AS o LEFT JOIN guild_policies AS p ON p.guild_id = o.guild_id
WHERE o.id = :id;

-- name: generations_to_sending
UPDATE generations SET state = 'sending' WHERE order_id = :order_id AND state = 'intended'
RETURNING *;

-- name: stamp_sending
UPDATE orders SET
    sent_at = :now, sending_process = :process, send_attempts = send_attempts + 1, revision = revision + 1,
    card_due_at = CASE WHEN card_due_at > :now THEN card_due_at ELSE :now END
WHERE id = :id
RETURNING *;

-- name: generations_back_to_intended
UPDATE generations SET state = 'intended' WHERE order_id = :order_id AND state = 'sending';

-- name: postpone_sending
UPDATE orders SET send_due_at = :due WHERE id = :id;

-- name: generations_to_unknown
UPDATE generations SET state = 'unknown' WHERE order_id = :order_id AND state = 'sending';

-- name: orders_left_sending
-- By none of the other processes that live: the POST may or may not have left.
SELECT o.id FROM orders AS o
WHERE o.id IN (SELECT g.order_id FROM generations AS g WHERE g.state = 'sending' AND g.ended_at IS NULL)
AND NOT EXISTS (SELECT 1 FROM processes AS p WHERE p.id = o.sending_process AND p.id <> :process);

-- name: orders_sending
SELECT o.id, o.send_attempts FROM orders AS o
WHERE o.id IN (SELECT g.order_id FROM generations AS g WHERE g.state = 'sending' AND g.ended_at IS NULL)
ORDER BY o.id;

-- name: orders_unknown
SELECT DISTINCT o.id, o.sent_at FROM orders AS o
JOIN generations AS g ON g.order_id = o.id
WHERE g.state = 'unknown' AND g.ended_at IS NULL
ORDER BY o.sent_at, o.id;

-- name: adopt_generation
-- An id that a generation has already is nobody else's.
UPDATE generations SET state = 'queued', remote_id = :remote_id, queued_at = :now
WHERE id = :id AND state IN ('sending', 'unknown') AND NOT EXISTS (
    SELECT 1 FROM generations AS g WHERE g.provider = generations.provider AND g.remote_id = :remote_id
)
RETURNING id;

-- name: owned_remote_ids
SELECT remote_id FROM generations WHERE provider = :provider AND remote_id IS NOT NULL AND order_id IN (
    SELECT id FROM orders WHERE created_at >= :since
);

-- name: stale_cards
SELECT id, card_due_at, revision FROM orders
WHERE card_revision < revision AND card_message_id IS NOT NULL
AND (guild_id / 4194304) % :shard_count BETWEEN :first_shard AND :last_shard
ORDER BY card_due_at, id
LIMIT :limit;

-- name: card_shown
UPDATE orders SET card_revision = :revision, card_due_at = :due WHERE id = :id AND card_revision < :revision;

-- name: postpone_card
UPDATE orders SET card_due_at = :due WHERE id = :id;

-- name: guild_queue
-- What is at the provider first, then what waits, as it will be admitted; all members' (0), or one's.
SELECT o.*, q.place FROM (
    SELECT order_id, requester_id, ROW_NUMBER() OVER (
        ORDER BY CASE WHEN stage = 'waiting' THEN 1 ELSE 0 END,
            CASE WHEN stage = 'waiting' THEN round ELSE 0 END, CASE WHEN stage = 'waiting' THEN position ELSE 0 END,
            order_id
    ) AS place
    FROM queue_positions WHERE guild_id = :guild_id
) AS q
JOIN orders AS o ON o.id = q.order_id
WHERE :requester_id = 0 OR q.requester_id = :requester_id
ORDER BY q.place
LIMIT :limit;

-- name: generations_of_guild_queue
SELECT g.* FROM generations AS g
WHERE g.order_id IN (
    SELECT q.order_id FROM (
        SELECT order_id, requester_id, ROW_NUMBER() OVER (
            ORDER BY CASE WHEN stage = 'waiting' THEN 1 ELSE 0 END,
                CASE WHEN stage = 'waiting' THEN round ELSE 0 END,
                CASE WHEN stage = 'waiting' THEN position ELSE 0 END,
                order_id
        ) AS place
        FROM queue_positions WHERE guild_id = :guild_id
    ) AS q
    WHERE q.place <= :last AND (:requester_id = 0 OR q.requester_id = :requester_id)
)
ORDER BY g.order_id, g.ordinal;
