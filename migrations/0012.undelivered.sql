-- Results that nobody could be told of yet.

-- Since when the order's card tells of the result, because neither its channel nor its requester could be told.
-- The post is still tried, for a day.
ALTER TABLE posts ADD COLUMN held_at BIGINT;

-- When a direct message about it was on its way, of which it is not known yet whether it arrived.
ALTER TABLE posts ADD COLUMN direct_at BIGINT;

CREATE INDEX posts_held ON posts (order_id) WHERE held_at IS NOT NULL AND state <> 'delivered';
