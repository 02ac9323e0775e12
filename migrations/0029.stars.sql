-- Stars, and the showcase of what many members have starred (decision 50).
-- A star is for what one message shows; the output whose id is in its buttons stands for it.
CREATE TABLE stars (
    generation_id TEXT NOT NULL REFERENCES generations (id),
    user_id BIGINT NOT NULL,
    guild_id BIGINT NOT NULL,
    starred_at BIGINT NOT NULL,
    PRIMARY KEY (generation_id, user_id)
);

CREATE INDEX stars_of_member ON stars (user_id, guild_id, starred_at);
CREATE INDEX stars_by_time ON stars (guild_id, starred_at);

-- What is to be in its guild's showcase, is there, or was, or never may be: one row, so it is posted once.
-- `revision` counts what has changed about it since; `stale`: the post shows less than that; `leaving`: it is to go.
CREATE TABLE showcase_posts (
    generation_id TEXT PRIMARY KEY REFERENCES generations (id),
    guild_id BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'claimed', 'shown', 'stale', 'leaving', 'over')),
    because TEXT,
    channel_id BIGINT,
    message_id BIGINT,
    revision BIGINT NOT NULL DEFAULT 0,
    shown_at BIGINT,
    due_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    first_attempt_at BIGINT
);

CREATE INDEX showcase_posts_open ON showcase_posts (due_at) WHERE state IN ('waiting', 'claimed', 'stale', 'leaving');
