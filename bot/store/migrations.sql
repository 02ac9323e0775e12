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

-- name: applied_by_yoyo
-- As versions before 14 kept count, with yoyo. A digest alone proves nothing: it was written before its migration.
SELECT d.name, d.digest FROM migration_digests AS d JOIN _yoyo_migration AS m ON m.migration_id = d.name
ORDER BY d.name;
