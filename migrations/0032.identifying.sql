-- Turns to identify a shard, where several processes share a bot (decision 57). A bucket is shard_id % max_concurrency;
-- `number` counts its turns, `over`: whoever had the last one says that its five seconds have passed.
CREATE TABLE identify_turns (
    bucket BIGINT PRIMARY KEY,
    number BIGINT NOT NULL,
    over INTEGER NOT NULL DEFAULT 0
);
