"""Votes for compared results, one of each member in each comparison. Each method is one transaction."""

from collections.abc import Mapping
from datetime import datetime

from bot.domain.clock import to_millis
from bot.domain.ids import GenerationId, GuildId, UserId
from bot.store.database import Database, Owner
from bot.store.statements import Statements

_SQL = Statements("votes")


class Votes:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def cast(self, generation_id: GenerationId, guild_id: GuildId, user_id: UserId, now: datetime) -> bool:
        """The member's vote is for this result now. False: the guild has no such result in a comparison."""
        vote = {"generation_id": generation_id, "guild_id": guild_id, "user_id": user_id, "now": to_millis(now)}
        return await self._db.write(lambda tx: _SQL.one(tx, "vote", **vote), Owner("guild", guild_id)) is not None

    async def counts(self, generation_id: GenerationId) -> Mapping[GenerationId, int]:
        """The votes of each result of the comparison that this one belongs to."""
        rows = await self._db.read(lambda db: _SQL.all(db, "votes_beside", generation_id=generation_id))
        return {GenerationId(row["generation_id"]): row["votes"] for row in rows}
