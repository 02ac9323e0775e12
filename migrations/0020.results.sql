-- What an order goes on from: the output whose button was pressed. No foreign key, because outputs refer to orders already.
ALTER TABLE orders ADD COLUMN parent_id TEXT;

-- What its model does where nobody said otherwise, by the model's own names (JSON): told to members, and never sent.
ALTER TABLE orders ADD COLUMN defaults TEXT NOT NULL DEFAULT '{}';

CREATE INDEX orders_by_parent ON orders (parent_id) WHERE parent_id IS NOT NULL;
