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

-- name: hold_alone
-- The session's, for as long as the process runs.
SELECT pg_try_advisory_lock(-20260103) AS held;

-- name: leave_alone
-- Before the connection is closed: its end reaches the server later than that of the process.
SELECT pg_advisory_unlock(-20260103);

-- name: still_there
SELECT 1;

-- name: hold_store
-- A unit that does not say whose it is: nobody else writes meanwhile.
SELECT pg_advisory_xact_lock(-20260101);

-- name: share_store
SELECT pg_advisory_xact_lock_shared(-20260101);

-- name: hold_guild
SELECT pg_advisory_xact_lock(CAST(:id AS BIGINT));

-- name: hold_guild_of_order
SELECT pg_advisory_xact_lock(guild_id) FROM orders WHERE id = :id;

-- name: hold_guild_of_generation
SELECT pg_advisory_xact_lock(o.guild_id) FROM generations AS g JOIN orders AS o ON o.id = g.order_id WHERE g.id = :id;

-- name: hold_guild_of_post
SELECT pg_advisory_xact_lock(o.guild_id) FROM posts AS p JOIN orders AS o ON o.id = p.order_id WHERE p.id = :id;

-- name: take_over
-- Whoever wrote before writes no more: each of their units looks for its row.
DELETE FROM writers;

-- name: enter_writer
INSERT INTO writers (id, unit) VALUES (:id, 0);

-- name: begin_unit
-- With every unit, so that a row says which was the last one of this writer to be committed.
UPDATE writers SET unit = unit + 1 WHERE id = :id RETURNING unit;

-- name: last_unit
-- Waits for whatever of this writer is not over.
SELECT unit FROM writers WHERE id = :id FOR UPDATE;

-- name: end_backend
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid AND application_name = :application;
