-- The provider's catalogue as it was last seen, so that a start without the provider knows the models.
-- `entry` is the provider's own JSON for the model; `place` is its position in the list.
-- A model that is offered no longer stays, without its entry, with the moment when that was noticed.

CREATE TABLE models (
    id TEXT PRIMARY KEY,
    place INTEGER NOT NULL,
    name TEXT NOT NULL,
    entry TEXT NOT NULL,
    gone_at BIGINT
);

CREATE INDEX models_gone ON models (gone_at) WHERE gone_at IS NOT NULL;
