-- name: offered_models
SELECT entry FROM models WHERE provider = :provider AND gone_at IS NULL ORDER BY place;

-- name: gone_models
SELECT id, name, gone_at FROM models WHERE provider = :provider AND gone_at IS NOT NULL
ORDER BY gone_at DESC, id;

-- name: offer_model
INSERT INTO models (provider, id, place, name, entry)
VALUES (:provider, :id, :place, :name, :entry)
ON CONFLICT (provider, id) DO UPDATE SET
    place = excluded.place, name = excluded.name, entry = excluded.entry, gone_at = NULL
WHERE models.entry <> excluded.entry OR models.place <> excluded.place OR models.gone_at IS NOT NULL;

-- name: lose_model
UPDATE models SET gone_at = :at, entry = '' WHERE provider = :provider AND id = :id AND gone_at IS NULL;

-- name: forget_models
DELETE FROM models
WHERE provider = :provider AND gone_at IS NOT NULL AND id NOT IN (
    SELECT id FROM models WHERE provider = :provider AND gone_at IS NOT NULL ORDER BY gone_at DESC, id LIMIT :kept
);

-- name: key_value
SELECT content FROM key_values WHERE name = :name;

-- name: set_key_value
INSERT INTO key_values (name, content) VALUES (:name, :content)
ON CONFLICT (name) DO UPDATE SET content = excluded.content;
