-- Orders that repeat others, and whose money went where.
-- The ledger is append-only: entries of a generation always add up to what it really cost.
-- Amounts are micro-USD (millionths of a dollar).
--   reserve   with the order, the quote           release   at its end, the same amount back
--   charge    a success, by the quote             adjust    what the provider really charged, less what was charged

ALTER TABLE orders ADD COLUMN quote_micro_usd BIGINT;

-- An order that was placed again for what had failed: at most once, however often a button is pressed.
ALTER TABLE orders ADD COLUMN repeat_of TEXT REFERENCES orders (id);

CREATE UNIQUE INDEX orders_repeated_once ON orders (repeat_of) WHERE repeat_of IS NOT NULL;

ALTER TABLE generations ADD COLUMN cost_known_at BIGINT;

CREATE TABLE entries (
    generation_id TEXT NOT NULL REFERENCES generations (id),
    kind TEXT NOT NULL CHECK (kind IN ('reserve', 'release', 'charge', 'adjust')),
    guild_id BIGINT NOT NULL,
    namespace TEXT,
    micro_usd BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (generation_id, kind)
);

CREATE INDEX entries_by_guild ON entries (guild_id, at);
CREATE INDEX generations_cost_unknown ON generations (ended_at) WHERE state = 'succeeded' AND cost_known_at IS NULL;

-- One message at a time is being prepared for an order; a second writer would find that out here.
CREATE UNIQUE INDEX posts_one_waiting ON posts (order_id) WHERE state = 'waiting';
