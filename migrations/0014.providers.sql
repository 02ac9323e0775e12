-- Every order, output, model, key and account says which provider it belongs to, and a provider's ids are unique within
-- that provider. There is one today; a second one needs rows of its own and no change of these tables.
-- Unique constraints and primary keys cannot be changed in the common subset: three tables are made anew, and the ledger
-- too, because it refers to one of them.

ALTER TABLE orders ADD COLUMN provider TEXT NOT NULL DEFAULT 'oxen';

ALTER TABLE keys ADD COLUMN provider TEXT NOT NULL DEFAULT 'oxen';

CREATE TABLE generations_by_provider (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    ordinal INTEGER NOT NULL,
    provider TEXT NOT NULL DEFAULT 'oxen',
    kind TEXT,
    key_id TEXT,
    state TEXT NOT NULL CHECK (state IN (
        'intended', 'sending', 'unknown', 'queued', 'processing',
        'succeeded', 'failed', 'cancelled', 'expired', 'absent'
    )),
    remote_id TEXT,
    queued_at BIGINT,
    started_at BIGINT,
    ended_at BIGINT,
    result_url TEXT,
    reason TEXT,
    detail TEXT,
    cancel_requested_at BIGINT,
    cancel_requested_by BIGINT,
    cancel_due_at BIGINT,
    post_id TEXT REFERENCES posts (id),
    cost_known_at BIGINT,
    clarified_at BIGINT,
    UNIQUE (remote_id, provider),
    UNIQUE (order_id, ordinal),
    CHECK ((ended_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'cancelled', 'expired', 'absent')))
);

INSERT INTO generations_by_provider (
    id, order_id, ordinal, kind, key_id, state, remote_id, queued_at, started_at, ended_at, result_url, reason, detail,
    cancel_requested_at, cancel_requested_by, cancel_due_at, post_id, cost_known_at, clarified_at
)
SELECT id, order_id, ordinal, kind, key_id, state, remote_id, queued_at, started_at, ended_at, result_url, reason, detail,
    cancel_requested_at, cancel_requested_by, cancel_due_at, post_id, cost_known_at, clarified_at
FROM generations;

CREATE TABLE entries_by_provider (
    generation_id TEXT NOT NULL REFERENCES generations_by_provider (id),
    kind TEXT NOT NULL CHECK (kind IN ('reserve', 'release', 'charge', 'adjust', 'unclear', 'clear')),
    guild_id BIGINT NOT NULL,
    namespace TEXT,
    micro_usd BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (generation_id, kind)
);

INSERT INTO entries_by_provider (generation_id, kind, guild_id, namespace, micro_usd, at)
SELECT generation_id, kind, guild_id, namespace, micro_usd, at FROM entries;

DROP TABLE entries;

DROP TABLE generations;

ALTER TABLE generations_by_provider RENAME TO generations;

ALTER TABLE entries_by_provider RENAME TO entries;

CREATE INDEX generations_in_flight ON generations (order_id) WHERE ended_at IS NULL;
CREATE INDEX generations_unposted ON generations (order_id) WHERE ended_at IS NOT NULL AND post_id IS NULL;
CREATE INDEX generations_cost_unknown ON generations (ended_at) WHERE state = 'succeeded' AND cost_known_at IS NULL;
CREATE INDEX generations_open_by_state ON generations (state, order_id) WHERE ended_at IS NULL;
CREATE INDEX generations_cancel_wanted ON generations (cancel_due_at, id)
WHERE ended_at IS NULL AND cancel_requested_at IS NOT NULL;
CREATE INDEX generations_open_by_key ON generations (key_id) WHERE ended_at IS NULL AND key_id IS NOT NULL;
CREATE INDEX generations_cancelled_by ON generations (cancel_requested_by) WHERE cancel_requested_by IS NOT NULL;
CREATE INDEX generations_given_up ON generations (ended_at)
WHERE reason IN ('lost', 'expired', 'absent', 'forgotten') AND clarified_at IS NULL;
CREATE INDEX generations_images_open ON generations (order_id) WHERE kind = 'image' AND ended_at IS NULL;
CREATE INDEX entries_by_guild ON entries (guild_id, at);

-- Who pays for a guild at a provider.
CREATE TABLE guilds_by_provider (
    guild_id BIGINT NOT NULL,
    provider TEXT NOT NULL DEFAULT 'oxen',
    namespace TEXT,
    key_id TEXT REFERENCES keys (id),
    updated_at BIGINT NOT NULL,
    updated_by BIGINT NOT NULL,
    PRIMARY KEY (guild_id, provider)
);

INSERT INTO guilds_by_provider (guild_id, namespace, key_id, updated_at, updated_by)
SELECT guild_id, namespace, key_id, updated_at, updated_by FROM guilds;

DROP TABLE guilds;

ALTER TABLE guilds_by_provider RENAME TO guilds;

CREATE INDEX guilds_by_key ON guilds (key_id) WHERE key_id IS NOT NULL;

CREATE TABLE models_by_provider (
    provider TEXT NOT NULL DEFAULT 'oxen',
    id TEXT NOT NULL,
    place INTEGER NOT NULL,
    name TEXT NOT NULL,
    entry TEXT NOT NULL,
    gone_at BIGINT,
    PRIMARY KEY (provider, id)
);

INSERT INTO models_by_provider (id, place, name, entry, gone_at) SELECT id, place, name, entry, gone_at FROM models;

DROP TABLE models;

ALTER TABLE models_by_provider RENAME TO models;

CREATE INDEX models_gone ON models (provider, gone_at) WHERE gone_at IS NOT NULL;

-- Tables are called what they hold.

ALTER TABLE drafts RENAME TO pending_confirmations;

DROP INDEX drafts_open;

CREATE INDEX pending_confirmations_open ON pending_confirmations (lapses_at) WHERE state = 'open';

ALTER TABLE places RENAME TO queue_positions;

DROP INDEX places_waiting;

DROP INDEX places_running;

DROP INDEX places_to_send;

DROP INDEX places_of_member;

CREATE INDEX queue_positions_waiting ON queue_positions (guild_id, round, position, order_id, open)
WHERE stage = 'waiting';
CREATE INDEX queue_positions_running ON queue_positions (guild_id, open) WHERE stage <> 'waiting';
CREATE INDEX queue_positions_to_send ON queue_positions (order_id) WHERE stage = 'admitted';
CREATE INDEX queue_positions_of_member ON queue_positions (guild_id, requester_id, turn);

ALTER TABLE turns RENAME TO queue_turns;

ALTER TABLE facts RENAME TO key_values;
