-- What may write now, where several connections can: PostgreSQL. `unit` counts what was committed, so that after a lost
-- answer it can be asked whether the last unit was; a process that was replaced finds its rows gone, and writes no more.
-- A file of SQLite has one writer, and no rows in here.

CREATE TABLE writers (
    id TEXT PRIMARY KEY,
    unit BIGINT NOT NULL
);
