-- Results that are deleted, covered, reported, or wait for a moderator's yes (decision 53).

-- Since when what the order made is taken back: nothing of it is shown any more. Its amounts stay in the ledger.
ALTER TABLE orders ADD COLUMN deleted_at BIGINT;

-- From when on its messages are to be brought in line with the row: deleted, or covered as `spoiler` says. Empty: they are.
ALTER TABLE orders ADD COLUMN tidy_due_at BIGINT;

-- Whether others see its results only after a moderator's yes: so its server had it when it was placed.
ALTER TABLE orders ADD COLUMN reviewed INTEGER NOT NULL DEFAULT 0;

CREATE INDEX orders_to_tidy ON orders (tidy_due_at) WHERE tidy_due_at IS NOT NULL;

-- How far a moderator's yes to the post has come, since when, and the message with the question.
ALTER TABLE posts ADD COLUMN review TEXT CHECK (review IN ('asked', 'approved', 'refused', 'lapsed'));
ALTER TABLE posts ADD COLUMN review_asked_at BIGINT;
ALTER TABLE posts ADD COLUMN review_channel_id BIGINT;
ALTER TABLE posts ADD COLUMN review_message_id BIGINT;

-- Members' reports of what an order made. `words`: what they wrote.
CREATE TABLE complaints (
    order_id TEXT NOT NULL REFERENCES orders (id),
    user_id BIGINT NOT NULL,
    guild_id BIGINT NOT NULL,
    reason TEXT NOT NULL,
    words TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (order_id, user_id)
);

CREATE INDEX complaints_by_member ON complaints (guild_id, user_id, made_at);

-- The one post for moderators about all reports of an order. As with a card, `shown_revision` is what it shows.
CREATE TABLE cases (
    order_id TEXT PRIMARY KEY REFERENCES orders (id),
    guild_id BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    revision INTEGER NOT NULL,
    shown_revision INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    channel_id BIGINT,
    message_id BIGINT,
    decided TEXT CHECK (decided IN ('deleted', 'covered', 'dismissed')),
    decided_by BIGINT
);

CREATE INDEX cases_to_show ON cases (due_at) WHERE shown_revision < revision;
CREATE INDEX cases_by_guild ON cases (guild_id);
