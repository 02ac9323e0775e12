-- What the loops ask at every wake-up costs the same with a hundred thousand finished orders as with none.

-- What is not over, by how far it is: unsent, on its way, lost, under way.
CREATE INDEX generations_open_by_state ON generations (state, order_id) WHERE ended_at IS NULL;

-- Hardly ever more than a handful.
CREATE INDEX generations_cancel_wanted ON generations (cancel_due_at, id)
WHERE ended_at IS NULL AND cancel_requested_at IS NOT NULL;
