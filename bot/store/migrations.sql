-- name: make_schema_migrations
CREATE TABLE IF NOT EXISTS schema_migrations (
    name TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    applied_at BIGINT NOT NULL
);

-- name: applied_migrations
SELECT name, digest FROM schema_migrations ORDER BY name;

-- name: note_migration
INSERT INTO schema_migrations (name, digest, applied_at) VALUES (:name, :digest, :now);

-- name: make_schema_serves
-- One row: the last migration of the oldest version that can run on the schema as it is after `latest`.
CREATE TABLE IF NOT EXISTS schema_serves (
    known TEXT NOT NULL,
    latest TEXT NOT NULL
);

-- name: schema_serves
SELECT known, latest FROM schema_serves;

-- name: forget_schema_serves
DELETE FROM schema_serves;

-- name: note_schema_serves
INSERT INTO schema_serves (known, latest) VALUES (:known, :latest);

-- name: applied_by_yoyo
-- As versions before 14 kept count, with yoyo. A digest alone proves nothing: it was written before its migration.
SELECT d.name, d.digest FROM migration_digests AS d JOIN _yoyo_migration AS m ON m.migration_id = d.name
ORDER BY d.name;
