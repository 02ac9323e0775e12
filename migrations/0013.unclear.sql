-- What became of an output is not always told: the ledger keeps its estimate until it is.
--   unclear   an output that may have been made and charged, the quote         clear   when that is known, the same back
-- A new kind needs a new table: a CHECK cannot be changed in the common subset.

CREATE TABLE entries_with_unclear (
    generation_id TEXT NOT NULL REFERENCES generations (id),
    kind TEXT NOT NULL CHECK (kind IN ('reserve', 'release', 'charge', 'adjust', 'unclear', 'clear')),
    guild_id BIGINT NOT NULL,
    namespace TEXT,
    micro_usd BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (generation_id, kind)
);

INSERT INTO entries_with_unclear (generation_id, kind, guild_id, namespace, micro_usd, at)
SELECT generation_id, kind, guild_id, namespace, micro_usd, at FROM entries;

DROP TABLE entries;

ALTER TABLE entries_with_unclear RENAME TO entries;

CREATE INDEX entries_by_guild ON entries (guild_id, at);

-- When it became known what had become of a generation that was given up without the provider's word.
ALTER TABLE generations ADD COLUMN clarified_at BIGINT;

CREATE INDEX generations_given_up ON generations (ended_at)
WHERE reason IN ('lost', 'expired', 'absent', 'forgotten') AND clarified_at IS NULL;

-- What is made, as its order says: lists are asked for at the pace of what is under way, and that needs no join.
ALTER TABLE generations ADD COLUMN kind TEXT;

UPDATE generations SET kind = (SELECT o.kind FROM orders AS o WHERE o.id = generations.order_id) WHERE ended_at IS NULL;

CREATE INDEX generations_images_open ON generations (order_id) WHERE kind = 'image' AND ended_at IS NULL;
