-- Orders, their generations, and the posts that tell a channel how they ended.
-- Instants are unix milliseconds (UTC); Discord's ids are BIGINT, ours are TEXT.
-- Forward only, in the common subset of SQLite and PostgreSQL.

CREATE TABLE guilds (
    guild_id BIGINT PRIMARY KEY,
    namespace TEXT,
    updated_at BIGINT NOT NULL,
    updated_by BIGINT NOT NULL
);

CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    card_message_id BIGINT,
    requester_id BIGINT NOT NULL,
    locale TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('video', 'image')),
    model_id TEXT NOT NULL,
    model_name TEXT NOT NULL,
    prompt TEXT NOT NULL,
    parameters TEXT NOT NULL,
    namespace TEXT,
    created_at BIGINT NOT NULL,
    send_attempts INTEGER NOT NULL DEFAULT 0,
    send_due_at BIGINT NOT NULL,
    sent_at BIGINT,
    revision INTEGER NOT NULL DEFAULT 0,
    card_revision INTEGER NOT NULL DEFAULT 0,
    card_due_at BIGINT NOT NULL DEFAULT 0
);

-- The outbox: one row is one message that a channel is owed.
CREATE TABLE posts (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    part INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'claimed', 'delivered', 'dead')),
    due_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    first_attempt_at BIGINT,
    message_id BIGINT,
    ended_at BIGINT,
    dead_because TEXT,
    UNIQUE (order_id, part)
);

CREATE TABLE generations (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    ordinal INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN (
        'intended', 'sending', 'unknown', 'queued', 'processing',
        'succeeded', 'failed', 'cancelled', 'expired', 'absent'
    )),
    remote_id TEXT UNIQUE,
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
    UNIQUE (order_id, ordinal),
    CHECK ((ended_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'cancelled', 'expired', 'absent')))
);

-- Small facts about this installation, such as the digest of the commands registered last.
CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    content TEXT NOT NULL
);

CREATE INDEX generations_in_flight ON generations (order_id) WHERE ended_at IS NULL;
CREATE INDEX generations_unposted ON generations (order_id) WHERE ended_at IS NOT NULL AND post_id IS NULL;
CREATE INDEX orders_by_guild ON orders (guild_id, created_at);
CREATE INDEX orders_stale_card ON orders (card_due_at) WHERE card_revision < revision;
CREATE INDEX posts_open ON posts (due_at) WHERE state IN ('waiting', 'claimed');
