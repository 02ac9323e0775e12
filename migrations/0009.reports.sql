-- Looking back: what was spent in a period, and by whom; one member's orders; an order by the part of its id that people see.

CREATE INDEX tallies_by_time ON tallies (guild_id, quarter, user_id);
CREATE INDEX orders_by_member ON orders (guild_id, requester_id, created_at, id);
CREATE INDEX orders_by_short_id ON orders (guild_id, substr(id, 19));
