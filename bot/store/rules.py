"""A guild's rules as they stand inside a transaction."""

import aiosqlite

from bot.domain.ids import GuildId
from bot.domain.rules.policy import GuildPolicy, load_policy
from bot.store.statements import Statements


class Rules:
    """`standard` holds for what a guild has said nothing about."""

    def __init__(self, standard: GuildPolicy) -> None:
        self._standard = standard
        self._sql = Statements("policies")

    async def of(self, db: aiosqlite.Connection, guild_id: GuildId) -> GuildPolicy:
        """The guild's rules, as `db` sees them."""
        row = await self._sql.one(db, "policy", guild_id=guild_id)
        return load_policy(row["content"], self._standard) if row is not None else self._standard
