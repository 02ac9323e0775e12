-- name: generation_by_id
SELECT * FROM generations WHERE id = :id;

-- name: generations_under_way
-- Of all payers at once: to look for those of one takes as long.
SELECT g.id, g.remote_id, g.state, g.kind, g.queued_at, g.provider, g.key_id, o.namespace FROM generations AS g
JOIN orders AS o ON o.id = g.order_id
WHERE g.ended_at IS NULL AND g.state IN ('queued', 'processing');

-- name: keys_in_use
SELECT DISTINCT key_id FROM generations WHERE ended_at IS NULL AND key_id IS NOT NULL AND provider = :provider
ORDER BY key_id;

-- name: open_by_key
SELECT * FROM generations WHERE ended_at IS NULL AND key_id = :key_id AND provider = :provider ORDER BY id;

-- name: owner
SELECT id FROM generations WHERE provider = :provider AND remote_id = :remote_id;

-- name: any_on_their_way
SELECT id FROM generations WHERE ended_at IS NULL AND state IN ('sending', 'unknown') AND provider = :provider
LIMIT 1;

-- name: generation_by_remote_id
SELECT * FROM generations WHERE provider = :provider AND remote_id = :remote_id AND ended_at IS NULL;

-- name: spoken_for
-- What an event is about, whatever state it is in, and whose result it may be.
SELECT g.*, o.guild_id,
    CASE WHEN EXISTS (SELECT 1 FROM generations AS r WHERE r.result_mark = :mark) THEN 1 ELSE 0 END AS taken
FROM generations AS g JOIN orders AS o ON o.id = g.order_id
WHERE g.provider = :provider AND g.remote_id = :remote_id;

-- name: unconfirmed
-- Successes that only an event has told of so far.
SELECT g.id, g.remote_id, g.unconfirmed_since, g.provider, g.key_id, o.namespace FROM generations AS g
JOIN orders AS o ON o.id = g.order_id
WHERE g.unconfirmed_since IS NOT NULL
AND (g.key_id IS NULL OR EXISTS (SELECT 1 FROM keys AS k WHERE k.id = g.key_id AND k.refused_at IS NULL));

-- name: keys_in_flight
-- Those of what only events have told of so far; while the provider has work of ours, also the operator's (NULL) and
-- those in use.
SELECT g.key_id FROM generations AS g WHERE g.unconfirmed_since IS NOT NULL
AND (g.key_id IS NULL OR EXISTS (SELECT 1 FROM keys AS k WHERE k.id = g.key_id AND k.refused_at IS NULL))
UNION
SELECT g.key_id FROM generations AS g WHERE g.ended_at IS NULL AND g.key_id IS NOT NULL AND g.provider = :provider
AND EXISTS (SELECT 1 FROM generations AS u WHERE u.ended_at IS NULL AND u.state IN ('queued', 'processing'))
UNION
SELECT CAST(NULL AS TEXT) AS key_id
WHERE EXISTS (SELECT 1 FROM generations AS u WHERE u.ended_at IS NULL AND u.state IN ('queued', 'processing'));

-- name: confirm
UPDATE generations SET unconfirmed_since = NULL WHERE id = :id;

-- name: to_processing
UPDATE generations SET state = 'processing', started_at = :started_at
WHERE id = :id AND state = 'queued'
RETURNING order_id;

-- name: settle
-- A guarded transition: no row back means that someone else was first, and that is fine.
-- What only an event says has to be nobody else's.
UPDATE generations SET
    state = :state, ended_at = :now, result_url = :result_url, reason = :reason, detail = :detail,
    result_mark = :mark, unconfirmed_since = :unconfirmed_since
WHERE id = :id AND ended_at IS NULL
AND (CAST(:unconfirmed_since AS BIGINT) IS NULL OR NOT EXISTS (SELECT 1 FROM generations AS g WHERE g.result_mark = :mark))
AND (
    (state IN ('queued', 'processing') AND :state IN ('succeeded', 'failed', 'cancelled', 'expired'))
    OR (state = 'intended' AND :state IN ('cancelled', 'failed'))
    OR (state = 'sending' AND :state = 'failed')
    OR (state = 'unknown' AND :state = 'absent')
)
RETURNING order_id, kind, (SELECT o.compared_in FROM orders AS o WHERE o.id = generations.order_id) AS compared_in,
    (SELECT o.guild_id FROM orders AS o WHERE o.id = generations.order_id) AS guild_id;

-- name: settle_late
-- What was given up has been made after all. Its first post has to be over, since what is told already cannot be
-- changed, or held: the provider forgets sooner than that is given up.
UPDATE generations SET
    state = 'succeeded', ended_at = :now, clarified_at = :now, result_url = :result_url, reason = NULL, detail = NULL,
    remote_id = COALESCE(remote_id, :remote_id), post_id = NULL, result_mark = :mark,
    unconfirmed_since = :unconfirmed_since
WHERE id = :id AND state IN ('failed', 'expired', 'absent')
AND reason IN ('lost', 'expired', 'absent', 'forgotten') AND clarified_at IS NULL
AND (remote_id IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM generations AS g WHERE g.provider = generations.provider AND g.remote_id = :remote_id
))
AND NOT EXISTS (
    SELECT 1 FROM posts AS p
    WHERE p.id = generations.post_id AND p.state IN ('waiting', 'claimed') AND p.held_at IS NULL
)
RETURNING order_id, (SELECT o.compared_in FROM orders AS o WHERE o.id = generations.order_id) AS compared_in;

-- name: clarify
-- What was given up has brought nothing, and cost nothing.
UPDATE generations SET clarified_at = :now
WHERE id = :id AND state IN ('failed', 'expired', 'absent')
AND reason IN ('lost', 'expired', 'absent', 'forgotten') AND clarified_at IS NULL
RETURNING order_id;

-- name: given_up
SELECT * FROM generations
WHERE reason IN ('lost', 'expired', 'absent', 'forgotten') AND clarified_at IS NULL AND ended_at >= :since
ORDER BY ended_at DESC, id
LIMIT :limit;

-- name: given_up_as
SELECT * FROM generations
WHERE provider = :provider AND remote_id = :remote_id
AND reason IN ('lost', 'expired', 'absent', 'forgotten') AND clarified_at IS NULL;

-- name: payers_of_images
-- Those for whom the provider has images in the making.
SELECT DISTINCT g.provider, g.key_id, o.namespace FROM generations AS g
JOIN orders AS o ON o.id = g.order_id
WHERE g.kind = 'image' AND g.ended_at IS NULL AND g.state IN ('queued', 'processing');

-- name: unfinished_count
SELECT COUNT(*) FROM generations
WHERE order_id IN (SELECT o.id FROM orders AS o WHERE o.id = :order_id OR o.compared_in = :order_id) AND ended_at IS NULL;

-- name: want_cancelled
UPDATE generations SET cancel_requested_at = :now, cancel_requested_by = :by, cancel_due_at = :now
WHERE id = :id AND ended_at IS NULL AND cancel_requested_at IS NULL;

-- name: cancel_unsent
UPDATE generations SET state = 'cancelled', ended_at = :now, reason = 'cancelled'
WHERE order_id = :order_id AND state = 'intended' AND cancel_requested_at IS NOT NULL
RETURNING id, order_id, (SELECT o.compared_in FROM orders AS o WHERE o.id = generations.order_id) AS compared_in;

-- name: cancels_wanted
-- Told by what it is not: by `state IN` SQLite would go through everything under way.
SELECT * FROM generations
WHERE ended_at IS NULL AND cancel_requested_at IS NOT NULL AND state NOT IN ('intended', 'sending', 'unknown')
ORDER BY cancel_due_at, id;

-- name: postpone_cancel
UPDATE generations SET cancel_due_at = :due WHERE id = :id AND ended_at IS NULL;
