-- name: open_draft(id, guild_id, requester_id, content, quote_micro_usd, before_micro_usd, now, lapses_at)!
INSERT INTO drafts (
    id, state, guild_id, requester_id, content, quote_micro_usd, before_micro_usd, created_at, lapses_at
) VALUES (
    :id, 'open', :guild_id, :requester_id, :content, :quote_micro_usd, :before_micro_usd, :now, :lapses_at
);

-- name: draft(id)^
SELECT * FROM drafts WHERE id = :id;

-- name: price_anew(quote_micro_usd, before_micro_usd, lapses_at, id)^
UPDATE drafts SET quote_micro_usd = :quote_micro_usd, before_micro_usd = :before_micro_usd, lapses_at = :lapses_at
WHERE id = :id AND state = 'open'
RETURNING id;

-- name: end_draft(state, now, id)^
-- A draft ends once. Whether its time is up is not decided here: the clock may have jumped since `lapses_at` was written.
UPDATE drafts SET state = :state, ended_at = :now WHERE id = :id AND state = 'open'
RETURNING id;

-- name: drafts_open(limit)
SELECT id, lapses_at FROM drafts WHERE state = 'open' ORDER BY lapses_at, id LIMIT :limit;

-- name: forget_drafts(before)!
DELETE FROM drafts WHERE state <> 'open' AND ended_at < :before;
