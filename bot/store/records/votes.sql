-- name: vote
-- For a result of a comparison in the guild that is there; a member's earlier vote in the comparison goes.
INSERT INTO votes (order_id, user_id, generation_id, guild_id, at)
SELECT o.compared_in, :user_id, g.id, o.guild_id, :now
FROM generations AS g JOIN orders AS o ON o.id = g.order_id
WHERE g.id = :generation_id AND o.guild_id = :guild_id AND o.compared_in IS NOT NULL AND o.deleted_at IS NULL
AND g.state = 'succeeded'
ON CONFLICT (order_id, user_id) DO UPDATE SET generation_id = excluded.generation_id, at = excluded.at
RETURNING order_id;

-- name: votes_beside
-- How many each result has of the comparison that this one belongs to.
SELECT v.generation_id, COUNT(*) AS votes FROM votes AS v
WHERE v.order_id = (
    SELECT o.compared_in FROM generations AS g JOIN orders AS o ON o.id = g.order_id WHERE g.id = :generation_id
)
GROUP BY v.generation_id;
