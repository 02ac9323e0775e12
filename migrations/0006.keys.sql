-- Servers that pay by a key of their own. The key itself is nowhere in here: `sealed` is encrypted with a master key
-- that lives outside the database, and `id` is a fingerprint.
-- A row goes, with what it holds, as soon as nobody needs the key: no server has it, and no order under way.

CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    sealed TEXT NOT NULL,
    tail TEXT NOT NULL,         -- its last four characters: all that anybody is ever shown
    added_at BIGINT NOT NULL,
    refused_at BIGINT           -- when the provider was found to refuse it for good
);

ALTER TABLE guilds ADD COLUMN key_id TEXT REFERENCES keys (id);

-- By which key an order was placed; NULL is the operator's. No reference: the key may be gone before the order is.
ALTER TABLE orders ADD COLUMN key_id TEXT;

-- The same for each generation, so that what the loops ask at every wake-up needs no join.
ALTER TABLE generations ADD COLUMN key_id TEXT;

CREATE INDEX generations_open_by_key ON generations (key_id) WHERE ended_at IS NULL AND key_id IS NOT NULL;
CREATE INDEX guilds_by_key ON guilds (key_id) WHERE key_id IS NOT NULL;
