-- The guild's wallet: its rules, what it has spent by the quarter hour, orders that wait for a confirmation, what
-- moderators did, and what its log channel is owed.

-- A guild's rules, as JSON: fields come and go faster than columns should.
CREATE TABLE guild_policies (
    guild_id BIGINT PRIMARY KEY,
    content TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by BIGINT NOT NULL
);

-- The sums of the ledger. Kept in the transaction of each entry, so that a limit is checked by a short sum, however
-- long the ledger. `quarter` is the quarter hour (UTC, counted from 1970) in which the order was accepted: days and
-- months of every time zone begin with one. `user_id` 0 is the whole guild.
CREATE TABLE tallies (
    guild_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    quarter BIGINT NOT NULL,
    micro_usd BIGINT NOT NULL,
    orders BIGINT NOT NULL,
    PRIMARY KEY (guild_id, user_id, quarter)
);

INSERT INTO tallies (guild_id, user_id, quarter, micro_usd, orders)
SELECT t.guild_id, t.user_id, t.quarter, SUM(t.micro_usd), SUM(t.orders) FROM (
    SELECT o.guild_id, o.requester_id AS user_id, o.created_at / 900000 AS quarter,
        0 AS micro_usd, COUNT(*) AS orders
    FROM orders AS o GROUP BY o.guild_id, o.requester_id, o.created_at / 900000
    UNION ALL
    SELECT o.guild_id, 0 AS user_id, o.created_at / 900000 AS quarter, 0 AS micro_usd, COUNT(*) AS orders
    FROM orders AS o GROUP BY o.guild_id, o.created_at / 900000
    UNION ALL
    SELECT o.guild_id, o.requester_id AS user_id, o.created_at / 900000 AS quarter,
        SUM(e.micro_usd) AS micro_usd, 0 AS orders
    FROM entries AS e JOIN generations AS g ON g.id = e.generation_id JOIN orders AS o ON o.id = g.order_id
    GROUP BY o.guild_id, o.requester_id, o.created_at / 900000
    UNION ALL
    SELECT o.guild_id, 0 AS user_id, o.created_at / 900000 AS quarter, SUM(e.micro_usd) AS micro_usd, 0 AS orders
    FROM entries AS e JOIN generations AS g ON g.id = e.generation_id JOIN orders AS o ON o.id = g.order_id
    GROUP BY o.guild_id, o.created_at / 900000
) AS t
GROUP BY t.guild_id, t.user_id, t.quarter;

-- Orders that cost more than their guild lets pass unasked. The id becomes the order's.
CREATE TABLE drafts (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('open', 'confirmed', 'withdrawn', 'lapsed')),
    guild_id BIGINT NOT NULL,
    requester_id BIGINT NOT NULL,
    content TEXT NOT NULL,
    quote_micro_usd BIGINT,
    before_micro_usd BIGINT,
    created_at BIGINT NOT NULL,
    lapses_at BIGINT NOT NULL,
    ended_at BIGINT
);

CREATE INDEX drafts_open ON drafts (lapses_at) WHERE state = 'open';

-- Who did what to a guild's rules and queue. Append-only.
CREATE TABLE audit (
    guild_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    by_id BIGINT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    before TEXT,
    after TEXT,
    PRIMARY KEY (guild_id, ordinal)
);

-- The outbox of a guild's log channel: each key is told once.
CREATE TABLE notices (
    guild_id BIGINT NOT NULL,
    notice_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    content TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'claimed', 'delivered', 'dead', 'needless')),
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    first_attempt_at BIGINT,
    message_id BIGINT,
    ended_at BIGINT,
    dead_because TEXT,
    PRIMARY KEY (guild_id, notice_key)
);

CREATE INDEX notices_open ON notices (due_at) WHERE state IN ('waiting', 'claimed');
