-- What Discord says of a guild, for processes that it tells nothing: language and boosts. Gone with the guild.
CREATE TABLE guild_facts (
    guild_id BIGINT PRIMARY KEY,
    locale TEXT NOT NULL,
    tier INTEGER NOT NULL
);
