-- name: unsure_what_was_sent
-- After the copy was made, what was not yet sent may have been: it is looked up, and never simply sent.
UPDATE generations SET state = 'unknown' WHERE state IN ('intended', 'sending');

-- name: unsure_since
UPDATE orders SET sent_at = COALESCE(sent_at, created_at)
WHERE id IN (SELECT order_id FROM generations WHERE state = 'unknown');

-- name: take_all_ended
UPDATE generations SET post_id = (
    SELECT p.id FROM posts AS p JOIN orders AS o ON p.order_id = COALESCE(o.compared_in, o.id)
    WHERE o.id = generations.order_id AND p.state = 'waiting'
)
WHERE ended_at IS NOT NULL AND post_id IS NULL;

-- name: unsure_what_was_posted
-- What was not yet posted may have been: an attempt that is not the first looks in the channel before it sends.
UPDATE posts SET
    state = 'claimed', attempts = attempts + 1, first_attempt_at = COALESCE(first_attempt_at, :now), due_at = :now
WHERE state IN ('waiting', 'claimed');

-- name: redraw_all_cards
UPDATE orders SET revision = revision + 1, card_due_at = :now
WHERE id IN (
    SELECT COALESCE(o.compared_in, o.id) FROM generations AS g JOIN orders AS o ON o.id = g.order_id
    WHERE g.ended_at IS NULL
);

-- name: remember_when
-- No order in the copy is younger than this, whatever the clocks say.
INSERT INTO key_values (name, content)
SELECT :name, CAST(CASE WHEN latest > :now THEN latest ELSE :now END AS TEXT)
FROM (SELECT COALESCE(MAX(created_at), 0) AS latest FROM orders) AS all_orders
WHERE latest IS NOT NULL
ON CONFLICT (name) DO UPDATE SET content = excluded.content;
