-- A fair queue of each guild, in which its members take turns.

-- One row for each order that is not over. `turn` is the order's turn among the members', `round` and
-- `position` where it stands (moderators move it), `open` how many of its generations are not over. What is admitted
-- takes up a part of what the guild may run at once.
CREATE TABLE places (
    order_id TEXT PRIMARY KEY REFERENCES orders (id),
    guild_id BIGINT NOT NULL,
    requester_id BIGINT NOT NULL,
    turn BIGINT NOT NULL,
    round BIGINT NOT NULL,
    position BIGINT NOT NULL DEFAULT 0,
    open BIGINT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('waiting', 'admitted', 'sent'))
);

-- Whose turn it is in a guild: the highest that was admitted.
CREATE TABLE turns (
    guild_id BIGINT PRIMARY KEY,
    turn BIGINT NOT NULL
);

INSERT INTO places (order_id, guild_id, requester_id, turn, round, open, stage)
SELECT o.id, o.guild_id, o.requester_id, 0, 0, COUNT(*),
    CASE WHEN SUM(CASE WHEN g.state = 'intended' THEN 1 ELSE 0 END) > 0 THEN 'admitted' ELSE 'sent' END
FROM generations AS g JOIN orders AS o ON o.id = g.order_id
WHERE g.ended_at IS NULL
GROUP BY o.id, o.guild_id, o.requester_id;

CREATE INDEX places_waiting ON places (guild_id, round, position, order_id, open) WHERE stage = 'waiting';
CREATE INDEX places_running ON places (guild_id, open) WHERE stage <> 'waiting';
CREATE INDEX places_to_send ON places (order_id) WHERE stage = 'admitted';
CREATE INDEX places_of_member ON places (guild_id, requester_id, turn);

-- Since when an order may be sent: a member who waits for the provider waits from then on.
ALTER TABLE orders ADD COLUMN admitted_at BIGINT;

UPDATE orders SET admitted_at = created_at;

-- How long a model took lately, in a guild and altogether.
CREATE INDEX orders_by_guild_model ON orders (guild_id, model_id, created_at);
CREATE INDEX orders_by_model ON orders (model_id, created_at);
