-- Styles and characters: a prompt's template, a model with its settings, and pictures, under a name.
-- `owner_id` 0: the server's. `saved_by`: whoever saved or shared it. `name_key`: the name as it is looked for.
-- `content`: JSON, as bot/store/records/styles.py writes it; of pictures, where Discord keeps them (decision 51).
CREATE TABLE styles (
    id TEXT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    owner_id BIGINT NOT NULL,
    saved_by BIGINT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    content TEXT NOT NULL,
    saved_at BIGINT NOT NULL,
    UNIQUE (guild_id, owner_id, name_key)
);

CREATE INDEX styles_by_member ON styles (saved_by);
CREATE INDEX styles_by_owner ON styles (owner_id) WHERE owner_id <> 0;
