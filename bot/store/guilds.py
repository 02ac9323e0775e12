"""What each guild has settled, and small facts about this installation."""

from datetime import datetime

from bot.domain.clock import to_millis
from bot.domain.ids import GuildId, UserId
from bot.store.database import Database
from bot.store.statements import Statements


class Guilds:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._sql = Statements("guilds")

    async def namespace(self, guild_id: GuildId) -> str | None:
        """The Oxen namespace that pays for the guild, or None."""
        row = await self._db.read(lambda db: self._sql.one(db, "guild_by_id", guild_id=guild_id))
        return row["namespace"] if row is not None else None

    async def set_namespace(self, guild_id: GuildId, namespace: str | None, by: UserId, now: datetime) -> None:
        """From now on `namespace` pays for the guild's orders."""
        await self._db.write(
            lambda tx: self._sql.run(
                tx, "set_namespace", guild_id=guild_id, namespace=namespace, by=by, now=to_millis(now)
            )
        )


class Facts:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._sql = Statements("guilds")

    async def get(self, name: str) -> str | None:
        row = await self._db.read(lambda db: self._sql.one(db, "fact", name=name))
        return row["content"] if row is not None else None

    async def put(self, name: str, content: str) -> None:
        await self._db.write(lambda tx: self._sql.run(tx, "set_fact", name=name, content=content))
