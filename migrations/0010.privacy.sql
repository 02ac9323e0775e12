-- What is forgotten, and when.

-- When an order's words went: its prompt, parameters and files. The order stays, with its amounts.
ALTER TABLE orders ADD COLUMN forgotten_at BIGINT;

CREATE INDEX orders_with_words ON orders (guild_id, created_at) WHERE forgotten_at IS NULL;
CREATE INDEX orders_of_requester ON orders (requester_id, guild_id);
CREATE INDEX generations_cancelled_by ON generations (cancel_requested_by) WHERE cancel_requested_by IS NOT NULL;

-- Members who asked to be forgotten in a guild, with everything up to `asked_at`. A row goes when nothing of it is
-- left: what is under way ends first, and what limits count stays until it counts no more.
CREATE TABLE erasures (
    user_id BIGINT NOT NULL,
    guild_id BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, guild_id)
);

-- Guilds that the bot is not in any more. What is left of them goes after a while; then `purged_at` says so.
CREATE TABLE departures (
    guild_id BIGINT PRIMARY KEY,
    left_at BIGINT NOT NULL,
    purged_at BIGINT
);
