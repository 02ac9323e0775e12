-- Statements that are PostgreSQL's alone: locks, and what a server is. All others are for both databases.

-- name: what_it_is
SELECT pg_backend_pid() AS pid, pg_is_in_recovery() AS in_recovery,
    current_setting('transaction_read_only') AS read_only, current_setting('server_encoding') AS encoding,
    COALESCE(has_schema_privilege(current_schema(), 'CREATE'), FALSE) AS may_create;

-- name: tables
SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE';

-- name: columns
SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema();

-- name: hold_migrations
SELECT pg_advisory_lock(-20260102);

-- name: answer_within
-- For the session: a statement that takes longer than `limit` is broken off.
SELECT set_config('statement_timeout', :limit, FALSE);

-- name: hold_alone
-- The session's, of a command that wants nobody else there.
SELECT pg_try_advisory_lock(-20260103) AS held;

-- name: be_there
-- The session's, for as long as a process runs: several may.
SELECT pg_try_advisory_lock_shared(-20260103) AS held;

-- name: leave
-- Before the connection is closed: its end reaches the server later than that of the process.
SELECT pg_advisory_unlock_all();

-- name: hold_processes
-- Who joins, leaves, or takes a role does so alone.
SELECT pg_advisory_xact_lock(-20260104);

-- name: join
INSERT INTO processes (id, beat, work, host, version) VALUES (:id, 0, 0, :host, :version)
RETURNING CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now;

-- name: enter_writer
INSERT INTO writers (id, unit, process) VALUES (:id, 0, :process);

-- name: drop_old_writers
-- Of a version that ran alone. It is gone: its lock was free.
DELETE FROM writers WHERE process IS NULL;

-- name: beat
UPDATE processes SET beat = beat + 1 WHERE id = :id
RETURNING CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now;

-- name: processes
SELECT p.*, EXISTS (SELECT 1 FROM pg_stat_activity AS a WHERE a.application_name = 'drover ' || p.id) AS connected
FROM processes AS p ORDER BY p.id;

-- name: tell
SELECT pg_notify('drover', :payload);

-- name: listen
LISTEN drover;

-- name: take_role
UPDATE processes SET first_shard = :first, last_shard = :last, shard_count = :count, work = :work WHERE id = :id;

-- name: end_process
-- Unless it has counted on since `beat` was seen; -1: in any case.
DELETE FROM processes WHERE id = :id AND :beat IN (beat, -1) RETURNING id;

-- name: end_writers
-- Whatever that process writes now, finds its row gone.
DELETE FROM writers WHERE process = :process;

-- name: end_connections
-- What it holds in the middle of a transaction would keep others waiting.
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :application AND pid <> pg_backend_pid();

-- name: begin_unit_alone
-- Every unit counts its writer's row up, so that this says which was the last one to be committed. One that does not say
-- whose it is: nobody else writes meanwhile.
UPDATE writers SET unit = unit + 1 WHERE id = :writer RETURNING unit, pg_advisory_xact_lock(-20260101) AS held;

-- name: begin_unit_beside
-- Statements that are right by themselves, whoever writes beside them, and belong to several guilds.
UPDATE writers SET unit = unit + 1 WHERE id = :writer RETURNING unit, pg_advisory_xact_lock_shared(-20260101) AS shared;

-- name: begin_unit_of_guild
-- One that does: nobody else writes what is that guild's.
UPDATE writers SET unit = unit + 1 WHERE id = :writer
RETURNING unit, pg_advisory_xact_lock_shared(-20260101) AS shared, pg_advisory_xact_lock(CAST(:id AS BIGINT)) AS held;

-- name: begin_unit_of_order
UPDATE writers SET unit = unit + 1 WHERE id = :writer
RETURNING unit, pg_advisory_xact_lock_shared(-20260101) AS shared,
    (SELECT pg_advisory_xact_lock(guild_id) FROM orders WHERE id = :id) AS held;

-- name: begin_unit_of_generation
UPDATE writers SET unit = unit + 1 WHERE id = :writer
RETURNING unit, pg_advisory_xact_lock_shared(-20260101) AS shared,
    (SELECT pg_advisory_xact_lock(o.guild_id)
        FROM generations AS g JOIN orders AS o ON o.id = g.order_id WHERE g.id = :id) AS held;

-- name: begin_unit_of_generation_beside
-- The guild's lock before the other, in each of them: nobody waits for whoever waits for them.
UPDATE writers SET unit = unit + 1 WHERE id = :writer
RETURNING unit, pg_advisory_xact_lock_shared(-20260101) AS shared,
    (SELECT pg_advisory_xact_lock(o.guild_id)
        FROM generations AS g JOIN orders AS o ON o.id = g.order_id WHERE g.id = :id) AS held,
    pg_advisory_xact_lock(20260101, CAST(:beside % 2147483647 AS INTEGER)) AS beside;

-- name: begin_unit_of_post
UPDATE writers SET unit = unit + 1 WHERE id = :writer
RETURNING unit, pg_advisory_xact_lock_shared(-20260101) AS shared,
    (SELECT pg_advisory_xact_lock(o.guild_id)
        FROM posts AS p JOIN orders AS o ON o.id = p.order_id WHERE p.id = :id) AS held;

-- name: last_unit
-- Waits for whatever of this writer is not over.
SELECT unit FROM writers WHERE id = :id FOR UPDATE;

-- name: end_backend
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid AND application_name = :application;
