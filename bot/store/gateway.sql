-- name: last_identify_turn
SELECT number, over FROM identify_turns WHERE bucket = :bucket;

-- name: identify_turns
SELECT bucket, number, over FROM identify_turns;

-- name: take_identify_turn
-- By one of those who saw the turn before it.
INSERT INTO identify_turns (bucket, number) VALUES (:bucket, :number)
ON CONFLICT (bucket) DO UPDATE SET number = excluded.number, over = 0
WHERE identify_turns.number = excluded.number - 1;

-- name: end_identify_turn
UPDATE identify_turns SET over = 1 WHERE bucket = :bucket AND number = :number;

-- name: guild_facts
SELECT locale, tier FROM guild_facts WHERE guild_id = :guild_id;

-- name: set_guild_facts
-- Of a guild that the bot has left nothing is written down again.
INSERT INTO guild_facts (guild_id, locale, tier)
SELECT :guild_id, :locale, :tier
WHERE NOT EXISTS (SELECT 1 FROM departures AS d WHERE d.guild_id = :guild_id)
ON CONFLICT (guild_id) DO UPDATE SET locale = excluded.locale, tier = excluded.tier
WHERE guild_facts.locale <> excluded.locale OR guild_facts.tier <> excluded.tier;
