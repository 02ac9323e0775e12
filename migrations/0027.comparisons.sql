-- What a draft stands for: the settings of the order that is meant, as JSON. NULL: it is no draft.
ALTER TABLE orders ADD COLUMN proper TEXT;

-- Orders of one prompt to several models have one card and one message: those of the first of them, which is named here
-- in each of them. No foreign key: the first one names itself.
ALTER TABLE orders ADD COLUMN compared_in TEXT;

CREATE INDEX orders_compared ON orders (compared_in) WHERE compared_in IS NOT NULL;

-- Which of the compared results a member likes best; one vote each.
CREATE TABLE votes (
    order_id TEXT NOT NULL REFERENCES orders (id),
    user_id BIGINT NOT NULL,
    generation_id TEXT NOT NULL REFERENCES generations (id),
    guild_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (order_id, user_id)
);

CREATE INDEX votes_by_member ON votes (user_id);
CREATE INDEX votes_by_generation ON votes (generation_id);
