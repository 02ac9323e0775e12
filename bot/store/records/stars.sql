-- name: output_in_guild
SELECT g.state, o.requester_id, o.deleted_at FROM generations AS g JOIN orders AS o ON o.id = g.order_id
WHERE g.id = :id AND o.guild_id = :guild_id;

-- name: star_of
SELECT starred_at FROM stars WHERE generation_id = :id AND user_id = :user_id;

-- name: give_star
INSERT INTO stars (generation_id, user_id, guild_id, starred_at) VALUES (:id, :user_id, :guild_id, :now);

-- name: take_star
DELETE FROM stars WHERE generation_id = :id AND user_id = :user_id AND guild_id = :guild_id;

-- name: stars_of_output
-- `others`: those of members who did not order it.
SELECT COUNT(*) AS stars, COALESCE(SUM(CASE WHEN s.user_id = o.requester_id THEN 0 ELSE 1 END), 0) AS others
FROM stars AS s
JOIN generations AS g ON g.id = s.generation_id
JOIN orders AS o ON o.id = g.order_id
WHERE s.generation_id = :id;

-- name: count_starred
SELECT COUNT(*) FROM stars WHERE user_id = :user_id AND guild_id = :guild_id;

-- name: starred_by
-- The latest first.
SELECT s.generation_id, g.order_id,
    (SELECT COUNT(*) FROM stars AS t WHERE t.generation_id = s.generation_id) AS stars
FROM stars AS s JOIN generations AS g ON g.id = s.generation_id
WHERE s.user_id = :user_id AND s.guild_id = :guild_id
ORDER BY s.starred_at DESC, s.generation_id DESC
LIMIT :limit OFFSET :skipped;

-- name: best_in
-- What got most stars of others in that time, of what may be shown and whose message is known.
SELECT s.generation_id, COUNT(*) AS stars, MIN(s.starred_at) AS first_at, o.model_name, o.requester_id, o.channel_id,
    p.message_id
FROM stars AS s
JOIN generations AS g ON g.id = s.generation_id
JOIN orders AS o ON o.id = g.order_id
JOIN posts AS p ON p.id = g.post_id
WHERE s.guild_id = :guild_id AND s.starred_at >= :start AND s.starred_at < :end AND s.user_id <> o.requester_id
AND p.message_id IS NOT NULL AND p.direct_at IS NULL
AND NOT EXISTS (
    SELECT 1 FROM showcase_posts AS w
    WHERE w.generation_id = s.generation_id AND w.state IN ('leaving', 'over') AND w.because = 'hidden'
)
GROUP BY s.generation_id, o.model_name, o.requester_id, o.channel_id, p.message_id
ORDER BY stars DESC, first_at, s.generation_id
LIMIT :limit;

-- name: want_shown
INSERT INTO showcase_posts (generation_id, guild_id, state, due_at) VALUES (:id, :guild_id, 'waiting', :now)
ON CONFLICT (generation_id) DO NOTHING;

-- name: shows_less
-- When it is brought up to date was settled when it was shown.
UPDATE showcase_posts SET revision = revision + 1, state = CASE WHEN state = 'shown' THEN 'stale' ELSE state END
WHERE generation_id = :id AND state IN ('claimed', 'shown', 'stale');

-- name: looks_different
-- That is shown at once.
UPDATE showcase_posts SET
    revision = revision + 1, due_at = :now, state = CASE WHEN state = 'shown' THEN 'stale' ELSE state END
WHERE generation_id = :id AND state IN ('claimed', 'shown', 'stale');

-- name: showcase_open
SELECT generation_id, due_at FROM showcase_posts
WHERE state IN ('waiting', 'claimed', 'stale', 'leaving') AND (guild_id / 4194304) % :shard_count BETWEEN :first_shard AND :last_shard
ORDER BY due_at, generation_id
LIMIT :limit;

-- name: showcase_waiting
SELECT guild_id FROM showcase_posts WHERE generation_id = :id AND state = 'waiting';

-- name: drop_waiting
DELETE FROM showcase_posts WHERE generation_id = :id AND state = 'waiting';

-- name: claim_shown
UPDATE showcase_posts SET
    state = CASE WHEN state = 'waiting' THEN 'claimed' ELSE state END,
    channel_id = COALESCE(channel_id, :channel_id),
    attempts = attempts + 1,
    first_attempt_at = COALESCE(first_attempt_at, :now)
WHERE generation_id = :id AND state IN ('waiting', 'claimed', 'stale', 'leaving')
RETURNING *;

-- name: message_of_output
SELECT p.message_id FROM generations AS g JOIN posts AS p ON p.id = g.post_id
WHERE g.id = :id AND p.state = 'delivered' AND p.direct_at IS NULL;

-- name: shown
-- What has changed since the claim leaves it stale, and what is to go goes.
UPDATE showcase_posts SET
    message_id = :message_id,
    shown_at = COALESCE(shown_at, :now),
    attempts = 0,
    first_attempt_at = NULL,
    due_at = CASE WHEN state = 'leaving' THEN due_at ELSE :due END,
    state = CASE WHEN state = 'leaving' THEN state WHEN revision = :revision THEN 'shown' ELSE 'stale' END
WHERE generation_id = :id AND state IN ('claimed', 'stale', 'leaving');

-- name: never_shown
-- The one attempt did not leave anything behind: whatever stars it later gets may show it.
DELETE FROM showcase_posts WHERE generation_id = :id AND state = 'claimed' AND attempts = 1;

-- name: showcase_over
UPDATE showcase_posts SET state = 'over', because = COALESCE(because, :because), channel_id = NULL, message_id = NULL
WHERE generation_id = :id AND state <> 'over';

-- name: postpone_shown
UPDATE showcase_posts SET due_at = :due WHERE generation_id = :id AND state IN ('claimed', 'stale', 'leaving');

-- name: leave_showcase
UPDATE showcase_posts SET
    because = :because, due_at = :now, state = CASE WHEN state = 'waiting' THEN 'over' ELSE 'leaving' END
WHERE generation_id = :id AND state NOT IN ('leaving', 'over');

-- name: stars_of_order_go
-- Those of its comparison too.
DELETE FROM stars WHERE generation_id IN (
    SELECT g.id FROM generations AS g JOIN orders AS o ON o.id = g.order_id
    WHERE o.id = :order_id OR o.compared_in = :order_id
);

-- name: shown_of_order
SELECT w.generation_id FROM orders AS o
JOIN generations AS g ON g.order_id = o.id
JOIN showcase_posts AS w ON w.generation_id = g.id
WHERE o.id = :order_id OR o.compared_in = :order_id;

-- name: keep_out
-- Of what never was in the showcase.
INSERT INTO showcase_posts (generation_id, guild_id, state, because, due_at)
VALUES (:id, :guild_id, 'over', :because, :now)
ON CONFLICT (generation_id) DO NOTHING;
