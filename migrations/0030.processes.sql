-- The processes that share this database, where several may: PostgreSQL. `id` is new with every start, and `beat` counts up
-- while the process lives. Which shards it serves (NULL: none), and whether it does the work for all guilds. A row that is
-- deleted takes what may write with it, and so what its process can still do.
-- A file of SQLite has one process, and no rows in here.

CREATE TABLE processes (
    id TEXT PRIMARY KEY,
    beat BIGINT NOT NULL,
    first_shard BIGINT,
    last_shard BIGINT,
    shard_count BIGINT,
    work BIGINT NOT NULL,
    host TEXT NOT NULL,
    version TEXT NOT NULL
);

ALTER TABLE writers ADD COLUMN process TEXT;

-- By which process the order was sent last: what is on its way by none of those that live has lost its answer.
ALTER TABLE orders ADD COLUMN sending_process TEXT;
