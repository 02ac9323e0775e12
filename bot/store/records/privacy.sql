-- name: holdings
-- What is stored about a member, by guild. Deletions that wait and acts of the audit log may be all there is.
SELECT k.guild_id, COUNT(o.id) AS orders,
    COALESCE(SUM(CASE WHEN o.kind = 'video' THEN 1 ELSE 0 END), 0) AS videos,
    COALESCE(SUM(CASE WHEN o.id IS NOT NULL AND o.forgotten_at IS NULL THEN 1 ELSE 0 END), 0) AS prompts,
    COALESCE(SUM(CASE WHEN o.inputs <> '[]' THEN 1 ELSE 0 END), 0) AS files,
    MIN(o.created_at) AS since,
    (SELECT COUNT(*) FROM queue_positions AS p WHERE p.guild_id = k.guild_id AND p.requester_id = :user_id) AS open,
    (SELECT COUNT(*) FROM audit AS a WHERE a.guild_id = k.guild_id AND a.by_id = :user_id) AS acts,
    (SELECT COUNT(*) FROM styles AS s WHERE s.guild_id = k.guild_id AND s.owner_id = :user_id) AS styles,
    (SELECT COUNT(*) FROM stars AS r WHERE r.guild_id = k.guild_id AND r.user_id = :user_id) AS stars,
    (SELECT COUNT(*) FROM complaints AS c WHERE c.guild_id = k.guild_id AND c.user_id = :user_id) AS complaints,
    (SELECT COALESCE(SUM(t.micro_usd), 0) FROM tallies AS t
        WHERE t.guild_id = k.guild_id AND t.user_id = :user_id) AS micro_usd
FROM (
    SELECT guild_id FROM orders WHERE requester_id = :user_id
    UNION SELECT guild_id FROM audit WHERE by_id = :user_id
    UNION SELECT guild_id FROM erasures WHERE user_id = :user_id
    UNION SELECT guild_id FROM styles WHERE owner_id = :user_id
    UNION SELECT guild_id FROM stars WHERE user_id = :user_id
    UNION SELECT guild_id FROM complaints WHERE user_id = :user_id
) AS k
LEFT JOIN orders AS o ON o.guild_id = k.guild_id AND o.requester_id = :user_id
GROUP BY k.guild_id
ORDER BY k.guild_id;

-- name: erasures_of
SELECT guild_id, asked_at FROM erasures WHERE user_id = :user_id;

-- name: guilds_of_member
-- Wherever anything names the member.
SELECT guild_id FROM orders WHERE requester_id = :user_id
UNION SELECT guild_id FROM pending_confirmations WHERE requester_id = :user_id
UNION SELECT guild_id FROM guilds WHERE updated_by = :user_id
UNION SELECT guild_id FROM guild_policies WHERE updated_by = :user_id
UNION SELECT guild_id FROM styles WHERE saved_by = :user_id
UNION SELECT guild_id FROM stars WHERE user_id = :user_id
UNION SELECT guild_id FROM complaints WHERE user_id = :user_id
UNION SELECT guild_id FROM cases WHERE decided_by = :user_id
UNION SELECT guild_id FROM votes WHERE user_id = :user_id
UNION SELECT o.guild_id FROM generations AS g JOIN orders AS o ON o.id = g.order_id
    WHERE g.cancel_requested_by = :user_id
UNION SELECT guild_id FROM audit
    WHERE by_id = :user_id OR subject LIKE :marker OR before LIKE :marker OR after LIKE :marker
UNION SELECT guild_id FROM notices WHERE content LIKE :marker
ORDER BY guild_id;

-- name: orders_of_member
-- A page: what follows the order `after`, which was made at `since`.
SELECT * FROM orders
WHERE requester_id = :user_id AND guild_id = :guild_id AND created_at >= :since AND (created_at, id) > (:since, :after)
ORDER BY created_at, id
LIMIT :limit;

-- name: costs_of_order
SELECT e.generation_id, SUM(e.micro_usd) AS micro_usd FROM entries AS e
JOIN generations AS g ON g.id = e.generation_id
WHERE g.order_id = :order_id
GROUP BY e.generation_id;

-- name: confirmations_of_member
SELECT * FROM pending_confirmations WHERE requester_id = :user_id AND guild_id = :guild_id ORDER BY id;

-- name: acts_of_member
SELECT * FROM audit WHERE by_id = :user_id AND guild_id = :guild_id ORDER BY ordinal;

-- name: styles_of_member
SELECT * FROM styles WHERE saved_by = :user_id AND guild_id = :guild_id ORDER BY id;

-- name: stars_of_member
SELECT generation_id, starred_at FROM stars WHERE user_id = :user_id AND guild_id = :guild_id
ORDER BY starred_at, generation_id;

-- name: complaints_of_member
SELECT * FROM complaints WHERE user_id = :user_id AND guild_id = :guild_id ORDER BY made_at, order_id;

-- name: votes_of_member
SELECT order_id, generation_id, at FROM votes WHERE user_id = :user_id AND guild_id = :guild_id ORDER BY at, order_id;

-- name: ask_erasure
-- What is there was there before they asked, also when the clock was set back since.
INSERT INTO erasures (user_id, guild_id, asked_at, due_at)
SELECT :user_id, :guild_id, COALESCE(MAX(n.named_at), :now), :now FROM (
    SELECT created_at AS named_at FROM orders WHERE guild_id = :guild_id AND requester_id = :user_id
    UNION ALL SELECT created_at FROM pending_confirmations WHERE guild_id = :guild_id AND requester_id = :user_id
    UNION ALL SELECT updated_at FROM guilds WHERE guild_id = :guild_id AND updated_by = :user_id
    UNION ALL SELECT updated_at FROM guild_policies WHERE guild_id = :guild_id AND updated_by = :user_id
    UNION ALL SELECT at FROM votes WHERE guild_id = :guild_id AND user_id = :user_id
    UNION ALL SELECT saved_at FROM styles WHERE guild_id = :guild_id AND saved_by = :user_id
    UNION ALL SELECT starred_at FROM stars WHERE guild_id = :guild_id AND user_id = :user_id
    UNION ALL SELECT made_at FROM complaints WHERE guild_id = :guild_id AND user_id = :user_id
    UNION ALL SELECT g.cancel_requested_at FROM generations AS g JOIN orders AS o ON o.id = g.order_id
        WHERE o.guild_id = :guild_id AND g.cancel_requested_by = :user_id
    UNION ALL SELECT at FROM audit
        WHERE guild_id = :guild_id
        AND (by_id = :user_id OR subject LIKE :marker OR before LIKE :marker OR after LIKE :marker)
    UNION ALL SELECT created_at FROM notices WHERE guild_id = :guild_id AND content LIKE :marker
) AS n
WHERE n.named_at > :now AND n.named_at <= :latest
ON CONFLICT (user_id, guild_id) DO UPDATE SET asked_at = excluded.asked_at, due_at = excluded.due_at;

-- name: erasures_due
-- A due time further ahead than anybody puts one is from before the clock was set back.
SELECT user_id, guild_id, asked_at FROM erasures WHERE due_at <= :now OR due_at > :soonest
ORDER BY due_at, user_id, guild_id
LIMIT :limit;

-- name: postpone_erasure
UPDATE erasures SET due_at = :due WHERE user_id = :user_id AND guild_id = :guild_id;

-- name: words_of_member
-- Of orders that are over, told, and shown so: nothing reads their words any more. A card that nobody could redraw for
-- days is given up.
SELECT o.id FROM orders AS o
WHERE o.requester_id = :user_id AND o.guild_id = :guild_id AND o.created_at <= :until AND o.forgotten_at IS NULL
AND (o.card_message_id IS NULL OR o.card_revision >= o.revision OR o.created_at < :hopeless)
AND NOT EXISTS (
    SELECT 1 FROM generations AS g WHERE g.order_id = o.id AND (g.ended_at IS NULL OR g.post_id IS NULL)
)
AND NOT EXISTS (
    SELECT 1 FROM posts AS p WHERE p.order_id = COALESCE(o.compared_in, o.id) AND p.state IN ('waiting', 'claimed')
)
ORDER BY o.created_at
LIMIT :limit;

-- name: words_of_guild
SELECT o.id FROM orders AS o
WHERE o.guild_id = :guild_id AND o.created_at < :before AND o.forgotten_at IS NULL
AND (o.card_message_id IS NULL OR o.card_revision >= o.revision OR o.created_at < :hopeless)
AND NOT EXISTS (
    SELECT 1 FROM generations AS g WHERE g.order_id = o.id AND (g.ended_at IS NULL OR g.post_id IS NULL)
)
AND NOT EXISTS (
    SELECT 1 FROM posts AS p WHERE p.order_id = COALESCE(o.compared_in, o.id) AND p.state IN ('waiting', 'claimed')
)
ORDER BY o.created_at
LIMIT :limit;

-- name: forget_words
UPDATE orders SET prompt = '', parameters = '{}', inputs = '[]', proper = NULL, forgotten_at = :now
WHERE id = :id AND forgotten_at IS NULL;

-- name: forget_results
-- What the provider said may repeat the prompt.
UPDATE generations SET detail = NULL, result_url = NULL WHERE order_id = :id;

-- name: persons_of_member
-- As long as the provider may still tell what something cost, that counts towards the member's limits.
SELECT o.id FROM orders AS o
WHERE o.requester_id = :user_id AND o.guild_id = :guild_id AND o.created_at <= :until AND o.forgotten_at IS NOT NULL
AND NOT EXISTS (
    SELECT 1 FROM generations AS g
    WHERE g.order_id = o.id AND g.state = 'succeeded' AND g.cost_known_at IS NULL AND g.ended_at > :told_since
)
ORDER BY o.created_at
LIMIT :limit;

-- name: forget_person
UPDATE orders SET requester_id = 0, locale = 'en-US', channel_id = 0, card_message_id = NULL WHERE id = :id;

-- name: forget_messages
UPDATE posts SET message_id = NULL, review_channel_id = NULL, review_message_id = NULL, dead_because = NULL
WHERE order_id = :id;

-- name: forget_cancels
-- Of what is told: the message of a cancellation names who wanted it.
UPDATE generations SET cancel_requested_by = 0
WHERE cancel_requested_by = :user_id AND cancel_requested_at <= :until AND ended_at IS NOT NULL
AND order_id IN (SELECT o.id FROM orders AS o WHERE o.id = generations.order_id AND o.guild_id = :guild_id)
AND post_id IN (SELECT p.id FROM posts AS p WHERE p.id = generations.post_id AND p.state IN ('delivered', 'dead'));

-- name: forget_confirmations_of
DELETE FROM pending_confirmations WHERE requester_id = :user_id AND guild_id = :guild_id AND created_at <= :until;

-- name: forget_who_set_payer
UPDATE guilds SET updated_by = 0 WHERE guild_id = :guild_id AND updated_by = :user_id AND updated_at <= :until;

-- name: forget_who_set_rules
UPDATE guild_policies SET updated_by = 0 WHERE guild_id = :guild_id AND updated_by = :user_id AND updated_at <= :until;

-- name: stars_to_forget
SELECT generation_id FROM stars WHERE guild_id = :guild_id AND user_id = :user_id AND starred_at <= :until;

-- name: forget_stars
DELETE FROM stars WHERE guild_id = :guild_id AND user_id = :user_id AND starred_at <= :until;

-- name: shown_of_member
SELECT w.generation_id FROM showcase_posts AS w
JOIN generations AS g ON g.id = w.generation_id
JOIN orders AS o ON o.id = g.order_id
WHERE w.guild_id = :guild_id AND w.state <> 'over' AND o.requester_id = :user_id AND o.created_at <= :until;

-- name: forget_votes
DELETE FROM votes WHERE guild_id = :guild_id AND user_id = :user_id AND at <= :until;

-- name: forget_own_styles
DELETE FROM styles WHERE guild_id = :guild_id AND owner_id = :user_id AND saved_at <= :until;

-- name: forget_who_shared
UPDATE styles SET saved_by = 0 WHERE guild_id = :guild_id AND saved_by = :user_id AND saved_at <= :until;

-- name: forget_complaints_of
DELETE FROM complaints WHERE guild_id = :guild_id AND user_id = :user_id AND made_at <= :until;

-- name: forget_who_decided
UPDATE cases SET decided_by = 0 WHERE guild_id = :guild_id AND decided_by = :user_id AND opened_at <= :until;

-- name: notices_naming
SELECT notice_key, content FROM notices
WHERE guild_id = :guild_id AND created_at <= :until AND state IN ('delivered', 'dead', 'needless')
AND content LIKE :marker;

-- name: rewrite_notice
UPDATE notices SET content = :content WHERE guild_id = :guild_id AND notice_key = :notice_key;

-- name: acts_naming
SELECT * FROM audit
WHERE guild_id = :guild_id AND at <= :until
AND (by_id = :user_id OR subject LIKE :marker OR before LIKE :marker OR after LIKE :marker);

-- name: rewrite_act
UPDATE audit SET by_id = :by_id, subject = :subject, before = :before, after = :after
WHERE guild_id = :guild_id AND ordinal = :ordinal;

-- name: forget_tallies
DELETE FROM tallies WHERE guild_id = :guild_id AND user_id = :user_id AND quarter < :before;

-- name: tally_anew
-- Of the quarter hour in which the member asked to be forgotten: what they have ordered since.
INSERT INTO tallies (guild_id, user_id, quarter, micro_usd, orders)
SELECT o.guild_id, o.requester_id, :quarter, COALESCE(SUM(o.micro_usd), 0), COUNT(*) FROM (
    SELECT r.guild_id, r.requester_id, (
        SELECT COALESCE(SUM(e.micro_usd), 0) FROM entries AS e
        JOIN generations AS g ON g.id = e.generation_id WHERE g.order_id = r.id
    ) AS micro_usd
    FROM orders AS r
    WHERE r.requester_id = :user_id AND r.guild_id = :guild_id AND r.created_at / 900000 = :quarter
) AS o
GROUP BY o.guild_id, o.requester_id;

-- name: anything_left
SELECT 1 FROM orders WHERE requester_id = :user_id AND guild_id = :guild_id AND created_at <= :until
UNION ALL
SELECT 1 FROM generations AS g JOIN orders AS o ON o.id = g.order_id
WHERE g.cancel_requested_by = :user_id AND g.cancel_requested_at <= :until AND o.guild_id = :guild_id
UNION ALL
SELECT 1 FROM notices
WHERE guild_id = :guild_id AND created_at <= :until AND state IN ('waiting', 'claimed') AND content LIKE :marker
LIMIT 1;

-- name: end_erasure
DELETE FROM erasures WHERE user_id = :user_id AND guild_id = :guild_id;

-- name: next_guild_with_words
SELECT MIN(guild_id) FROM orders WHERE forgotten_at IS NULL AND guild_id > :after;

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
    UNION SELECT guild_id FROM styles
    UNION SELECT guild_id FROM complaints
    UNION SELECT guild_id FROM guild_facts
) AS k
WHERE NOT EXISTS (SELECT 1 FROM departures AS d WHERE d.guild_id = k.guild_id AND d.purged_at IS NOT NULL)
ORDER BY k.guild_id;

-- name: note_departure
INSERT INTO departures (guild_id, left_at) VALUES (:guild_id, :now)
ON CONFLICT (guild_id) DO NOTHING;

-- name: forget_guild_facts
DELETE FROM guild_facts WHERE guild_id = :guild_id;

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
    SELECT 1 FROM generations AS g JOIN orders AS o ON o.id = g.order_id
    WHERE (o.id = orders.id OR o.compared_in = orders.id)
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

-- name: any_position
SELECT order_id FROM queue_positions WHERE guild_id = :guild_id LIMIT 1;

-- name: purge_account
DELETE FROM guilds WHERE guild_id = :guild_id;

-- name: purge_rules
DELETE FROM guild_policies WHERE guild_id = :guild_id;

-- name: purge_audit
DELETE FROM audit WHERE guild_id = :guild_id;

-- name: purge_notices
DELETE FROM notices WHERE guild_id = :guild_id;

-- name: purge_confirmations
DELETE FROM pending_confirmations WHERE guild_id = :guild_id;

-- name: purge_styles
DELETE FROM styles WHERE guild_id = :guild_id;

-- name: purge_stars
DELETE FROM stars WHERE guild_id = :guild_id;

-- name: purge_showcase
DELETE FROM showcase_posts WHERE guild_id = :guild_id;

-- name: purge_complaints
DELETE FROM complaints WHERE guild_id = :guild_id;

-- name: purge_cases
DELETE FROM cases WHERE guild_id = :guild_id;

-- name: purge_votes
DELETE FROM votes WHERE guild_id = :guild_id;

-- name: purge_queue_turn
DELETE FROM queue_turns WHERE guild_id = :guild_id;

-- name: purge_tallies
-- The guild's own stay: they are the sums of its entries.
DELETE FROM tallies WHERE guild_id = :guild_id AND user_id <> 0;

-- name: purge_erasures
DELETE FROM erasures WHERE guild_id = :guild_id;

-- name: purged
UPDATE departures SET purged_at = :now WHERE guild_id = :guild_id;
