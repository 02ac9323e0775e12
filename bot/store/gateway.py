"""What processes that share a bot tell each other about Discord: turns to identify, and what is known of guilds."""

import json
from collections.abc import Mapping
from itertools import islice

from bot.domain.ids import GuildId
from bot.domain.shards import GuildFacts, Turn
from bot.store.database import Database
from bot.store.installation import KeyValues
from bot.store.statements import Connection, Statements

_SQL = Statements("gateway")
_COMMANDS = "commands"
_AT_ONCE = 500  # guilds in one transaction


class IdentifyTurnRows:
    """A `TurnBook` for all processes on one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def last(self, bucket: int) -> Turn:
        row = await self._db.read(lambda db: _SQL.one(db, "last_identify_turn", bucket=bucket))
        return Turn(number=row["number"], over=bool(row["over"])) if row is not None else Turn()

    async def all(self) -> Mapping[int, Turn]:
        rows = await self._db.read(_SQL.rows("identify_turns"))
        return {row["bucket"]: Turn(number=row["number"], over=bool(row["over"])) for row in rows}

    async def take(self, bucket: int, number: int) -> bool:
        return await self._db.write(_SQL.change("take_identify_turn", bucket=bucket, number=number)) > 0

    def end(self, bucket: int, number: int) -> None:
        self._db.write_later(_SQL.change("end_identify_turn", bucket=bucket, number=number))


class CommandRows:
    """The ids of the registered commands by their English names, as the process that registered them was told."""

    def __init__(self, key_values: KeyValues) -> None:
        self._key_values = key_values

    async def get(self) -> Mapping[str, int]:
        return json.loads(await self._key_values.get(_COMMANDS) or "{}")

    async def put(self, ids: Mapping[str, int]) -> None:
        if await self.get() != ids:
            await self._key_values.put(_COMMANDS, json.dumps(dict(ids)))


class GuildFactRows:
    """A `GuildDirectory` of what the processes with a gateway have seen."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, guild_id: GuildId) -> GuildFacts | None:
        row = await self._db.read(lambda db: _SQL.one(db, "guild_facts", guild_id=guild_id))
        return GuildFacts(locale=row["locale"], tier=row["tier"]) if row is not None else None

    async def put(self, guilds: Mapping[GuildId, GuildFacts]) -> None:
        """Writes down what changed, of all that the bot is in, a few hundred at a time."""
        left = iter(guilds.items())
        while batch := list(islice(left, _AT_ONCE)):
            rows = [{"guild_id": guild_id, "locale": facts.locale, "tier": facts.tier} for guild_id, facts in batch]

            def work(tx: Connection, rows: list[dict[str, int | str]] = rows) -> None:
                _SQL.many(tx, "set_guild_facts", rows=rows)

            await self._db.write(work)
