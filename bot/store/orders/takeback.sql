-- name: delete_result
-- Orders that are compared go together; messages and card are those of the first. When they are to be brought in line
-- is never the same moment again: by that whoever does it knows that nothing came between.
UPDATE orders SET deleted_at = :now, tidy_due_at = CASE
    WHEN id <> :id THEN tidy_due_at WHEN tidy_due_at = :now THEN :now + 1 ELSE :now
END
WHERE (id = :id OR compared_in = :id) AND deleted_at IS NULL;

-- name: forget_links
-- The provider's file stays in the namespace; nothing leads there from here any more.
UPDATE generations SET result_url = NULL
WHERE order_id IN (SELECT o.id FROM orders AS o WHERE o.id = :id OR o.compared_in = :id) AND ended_at IS NOT NULL;

-- name: hasten_posts
-- What was not posted yet: whoever would post it looks what has become of the order.
-- Nobody is to answer any more whether others may see it.
UPDATE posts SET due_at = CASE WHEN due_at > :now THEN :now ELSE due_at END,
    review = CASE WHEN review = 'asked' THEN 'refused' ELSE review END
WHERE order_id = :id AND state IN ('waiting', 'claimed');

-- name: cover_result
UPDATE orders SET spoiler = :covered, tidy_due_at = CASE
    WHEN id <> :id THEN tidy_due_at WHEN tidy_due_at = :now THEN :now + 1 ELSE :now
END
WHERE (id = :id OR compared_in = :id) AND deleted_at IS NULL AND spoiler <> :covered;

-- name: orders_to_tidy
SELECT id, tidy_due_at FROM orders
WHERE tidy_due_at IS NOT NULL AND (guild_id / 4194304) % :shard_count BETWEEN :first_shard AND :last_shard
ORDER BY tidy_due_at, id LIMIT :limit;

-- name: order_to_tidy
SELECT * FROM orders WHERE id = :id AND tidy_due_at IS NOT NULL;

-- name: results_of
SELECT message_id, direct_at FROM posts WHERE order_id = :order_id AND message_id IS NOT NULL ORDER BY part;

-- name: questions_of
SELECT review_channel_id, review_message_id FROM posts
WHERE order_id = :order_id AND review_message_id IS NOT NULL
ORDER BY part;

-- name: result_removed
UPDATE posts SET message_id = NULL WHERE order_id = :order_id AND message_id = :message_id;

-- name: question_removed
UPDATE posts SET review_message_id = NULL WHERE order_id = :order_id AND review_message_id = :message_id;

-- name: card_removed
UPDATE orders SET card_message_id = NULL WHERE id = :order_id AND card_message_id = :message_id;

-- name: tidied
-- Unless somebody wants it otherwise since.
UPDATE orders SET tidy_due_at = NULL WHERE id = :id AND tidy_due_at = :due;

-- name: postpone_tidying
UPDATE orders SET tidy_due_at = :later WHERE id = :id AND tidy_due_at = :due;

-- name: complain
INSERT INTO complaints (order_id, user_id, guild_id, reason, words, made_at)
VALUES (:order_id, :user_id, :guild_id, :reason, :words, :now)
ON CONFLICT (order_id, user_id) DO NOTHING;

-- name: complained_since
SELECT COUNT(*) FROM complaints WHERE guild_id = :guild_id AND user_id = :user_id AND made_at > :since;

-- name: complaints_of
SELECT * FROM complaints WHERE order_id = :order_id ORDER BY made_at, user_id;

-- name: open_case
INSERT INTO cases (order_id, guild_id, opened_at, revision, shown_revision, due_at, attempts)
VALUES (:order_id, :guild_id, :now, 1, 0, :now, 0)
ON CONFLICT (order_id) DO UPDATE SET
    revision = cases.revision + 1, due_at = excluded.due_at, attempts = 0, decided = NULL, decided_by = NULL;

-- name: decide_case
-- A result that is deleted ends its case in any case.
UPDATE cases SET decided = :decided, decided_by = :by, revision = revision + 1, due_at = :now, attempts = 0
WHERE order_id = :order_id AND (decided IS NULL OR (:decided = 'deleted' AND decided <> 'deleted'))
RETURNING order_id;

-- name: cases_to_show
SELECT order_id, due_at FROM cases
WHERE shown_revision < revision AND (guild_id / 4194304) % :shard_count BETWEEN :first_shard AND :last_shard
ORDER BY due_at, order_id LIMIT :limit;

-- name: questions_open
SELECT id, review_asked_at FROM posts
WHERE state = 'claimed' AND review = 'asked' AND review_message_id IS NOT NULL
AND (:shard_count = 1 OR (SELECT o.guild_id / 4194304 FROM orders AS o WHERE o.id = posts.order_id) % :shard_count
    BETWEEN :first_shard AND :last_shard)
ORDER BY review_asked_at, id LIMIT :limit;

-- name: case_of
SELECT * FROM cases WHERE order_id = :order_id;

-- name: claim_case
UPDATE cases SET attempts = attempts + 1 WHERE order_id = :order_id AND shown_revision < revision
RETURNING *;

-- name: case_shown
UPDATE cases SET shown_revision = :revision, channel_id = :channel_id, message_id = :message_id
WHERE order_id = :order_id AND shown_revision < :revision;

-- name: postpone_case
UPDATE cases SET due_at = :due WHERE order_id = :order_id;
