-- name: insert_post
-- No row back: one that waits takes what has ended along.
INSERT INTO posts (id, order_id, part, state, due_at)
SELECT :id, :order_id, p.parts + 1, 'waiting', :due FROM (
    SELECT COALESCE(MAX(part), 0) AS parts, COALESCE(MAX(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), 0) AS waiting
    FROM posts WHERE order_id = :order_id
) AS p
WHERE p.waiting = 0
RETURNING id;

-- name: hasten_post
UPDATE posts SET due_at = :due WHERE order_id = :order_id AND state = 'waiting' AND attempts = 0 AND due_at > :due;

-- name: posts_open
-- Of this process's shards. Not what waits for a moderator: nothing can be done about that.
SELECT id, due_at FROM posts
WHERE state IN ('waiting', 'claimed') AND (review IS NULL OR review <> 'asked' OR review_message_id IS NULL)
AND (:shard_count = 1 OR (SELECT o.guild_id / 4194304 FROM orders AS o WHERE o.id = posts.order_id) % :shard_count
    BETWEEN :first_shard AND :last_shard)
ORDER BY due_at, id LIMIT :limit;

-- name: ask_for_review
UPDATE posts SET review = 'asked', review_asked_at = :now WHERE id = :id AND state = 'claimed' AND review IS NULL
RETURNING order_id;

-- name: question_posted
UPDATE posts SET review_channel_id = :channel_id, review_message_id = :message_id
WHERE id = :id AND state = 'claimed' AND review = 'asked';

-- name: decide_review
-- Once. What it says was settled when it was claimed, and its waiting begins anew.
UPDATE posts SET review = :review, due_at = :now, first_attempt_at = NULL
WHERE id = :id AND state = 'claimed' AND review = 'asked'
RETURNING order_id;

-- name: order_of_post
SELECT o.*, (SELECT COUNT(*) FROM generations AS g WHERE g.order_id = o.id) AS outputs
FROM posts AS p JOIN orders AS o ON o.id = p.order_id WHERE p.id = :id;

-- name: claim_post
UPDATE posts SET state = 'claimed', attempts = attempts + 1, first_attempt_at = COALESCE(first_attempt_at, :now)
WHERE id = :id AND state IN ('waiting', 'claimed')
RETURNING *;

-- name: take_generations
-- What a post says is settled when it is first claimed; what ends later goes into the next part.
UPDATE generations SET post_id = :post_id
WHERE order_id IN (SELECT o.id FROM orders AS o WHERE o.id = :order_id OR o.compared_in = :order_id)
AND ended_at IS NOT NULL AND post_id IS NULL;

-- name: delivered
UPDATE posts SET state = 'delivered', message_id = :message_id, ended_at = :now
WHERE id = :id AND state = 'claimed'
RETURNING order_id;

-- name: told_order
-- The card changes. The message may show more than the order's row wants by now: then it is to be brought in line. Of one
-- that is not known to be covered, it is taken that it is not.
UPDATE orders SET
    revision = revision + 1,
    card_due_at = CASE WHEN card_due_at > :now THEN card_due_at ELSE :now END,
    tidy_due_at = CASE
        WHEN deleted_at IS NULL AND spoiler = COALESCE(CAST(:covered AS INTEGER), 0) THEN tidy_due_at
        WHEN tidy_due_at = :now THEN :now + 1 ELSE :now
    END
WHERE id = :id
RETURNING tidy_due_at;

-- name: discard
-- Its order is deleted: it is told nowhere, and nobody is owed a word.
UPDATE posts SET state = 'dead', dead_because = 'deleted', ended_at = :now WHERE id = :id AND state = 'claimed';

-- name: dead_letter
UPDATE posts SET state = 'dead', dead_because = :because, ended_at = :now, held_at = COALESCE(held_at, :now)
WHERE id = :id AND state = 'claimed'
RETURNING order_id;

-- name: dead_letter_empty
-- What was held of the order, and has nothing left to say: its outputs are told of in another post.
UPDATE posts SET state = 'dead', dead_because = 'made after all', ended_at = :now
WHERE order_id = :order_id AND state = 'claimed' AND held_at IS NOT NULL
AND NOT EXISTS (
    SELECT 1 FROM generations AS g JOIN orders AS o ON o.id = g.order_id
    WHERE (o.id = posts.order_id OR o.compared_in = posts.order_id) AND g.post_id = posts.id
);

-- name: held_before
-- The post of the order that was held until its outputs were made after all, where this one tells of nothing else.
SELECT p.id FROM posts AS p
WHERE p.order_id = :order_id AND p.state = 'dead' AND p.held_at IS NOT NULL
AND NOT EXISTS (
    SELECT 1 FROM generations AS g JOIN orders AS o ON o.id = g.order_id
    WHERE (o.id = p.order_id OR o.compared_in = p.order_id) AND g.post_id = p.id
)
AND NOT EXISTS (
    SELECT 1 FROM generations AS g JOIN orders AS o ON o.id = g.order_id
    WHERE (o.id = p.order_id OR o.compared_in = p.order_id) AND g.post_id = :id
    AND (g.state <> 'succeeded' OR g.clarified_at IS NULL)
)
ORDER BY p.id LIMIT 1;

-- name: postpone_post
UPDATE posts SET due_at = :due WHERE id = :id AND state = 'claimed';

-- name: hold_post
UPDATE posts SET held_at = :now WHERE id = :id AND state = 'claimed' AND held_at IS NULL RETURNING order_id;

-- name: going_direct
UPDATE posts SET direct_at = :now WHERE id = :id AND state = 'claimed';

-- name: not_direct
UPDATE posts SET direct_at = NULL WHERE id = :id AND state = 'claimed';

-- name: held_posts
SELECT p.id, o.guild_id FROM posts AS p JOIN orders AS o ON o.id = p.order_id
WHERE p.held_at IS NOT NULL AND p.state <> 'delivered' AND p.state = 'claimed' AND p.due_at > :now
ORDER BY p.due_at, p.id;

-- name: hasten_held_post
UPDATE posts SET due_at = :due WHERE id = :id AND state = 'claimed' AND held_at IS NOT NULL AND due_at > :due;
