"""Guilds that the bot is not in any more: when it left, and what of theirs goes how. Each method is one transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime

import aiosqlite

from bot.domain.clock import from_millis, to_millis
from bot.domain.ids import GuildId
from bot.store.database import Database
from bot.store.records.privacy import Forgetting
from bot.store.statements import Statements

_BATCH = 100
_LONGEST_ORDER = 2 * 24 * 3600 * 1000  # milliseconds from an order to its end, at most: with room to spare
FIRST = (from_millis(0), "")


class Departures:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._sql = Statements("departures")
        self._forgetting = Forgetting()

    async def known(self) -> set[GuildId]:
        """Guilds of which there are rows, but for those of which everything went."""
        rows = await self._db.read(lambda db: self._sql.all(db, "guilds_known"))
        return {GuildId(row["guild_id"]) for row in rows}

    async def noted(self) -> set[GuildId]:
        """Guilds whose departure is in the rows."""
        return {GuildId(row["guild_id"]) for row in await self._db.read(lambda db: self._sql.all(db, "departed"))}

    async def note(self, guild_id: GuildId, now: datetime) -> None:
        """The bot left the guild, now; if that is known already, it was then."""
        await self._db.write(lambda tx: self._sql.run(tx, "note_departure", guild_id=guild_id, now=to_millis(now)))

    async def returned(self, present: Collection[GuildId]) -> Sequence[GuildId]:
        """The bot is in these guilds: which of them it had left. Nothing more of theirs goes; cards are put right."""
        departed = await self._db.read(lambda db: self._sql.all(db, "departed"))
        if not any(row["guild_id"] in present for row in departed):
            return []

        async def work(tx: aiosqlite.Connection) -> list[GuildId]:
            back = [guild for row in await self._sql.all(tx, "departed") if (guild := row["guild_id"]) in present]
            for guild_id in back:
                await self._sql.run(tx, "redraw_missed_cards", guild_id=guild_id, window=_LONGEST_ORDER)
                await self._sql.run(tx, "forget_departure", guild_id=guild_id)
            return back

        return await self._db.write(work)

    async def due(self, before: datetime) -> Sequence[GuildId]:
        """Guilds that the bot left before then, and of which something is left."""
        rows = await self._db.read(lambda db: self._sql.all(db, "departures_due", before=to_millis(before)))
        return [GuildId(row["guild_id"]) for row in rows]

    async def purge_orders(
        self, guild_id: GuildId, after: tuple[datetime, str], now: datetime
    ) -> tuple[datetime, str] | None:
        """Takes words and persons from the orders that follow `after` (a moment and an id), some of them.

        After which the next ones follow; None when these were the last, or the bot is back in the guild.
        """

        async def work(tx: aiosqlite.Connection) -> tuple[datetime, str] | None:
            if await self._sql.one(tx, "still_gone", guild_id=guild_id) is None:
                return None
            asked = {"guild_id": guild_id, "since": to_millis(after[0]), "after": after[1]}
            rows = await self._sql.all(tx, "orders_of_guild", limit=_BATCH, **asked)
            await self._forgetting.words(tx, rows, now)
            await self._forgetting.persons(tx, rows)
            await self._sql.many(tx, "forget_all_cancels", rows=[{"id": row["id"]} for row in rows])
            return (from_millis(rows[-1]["created_at"]), rows[-1]["id"]) if rows else None

        return await self._db.write(work)

    async def purge_rest(self, guild_id: GuildId, now: datetime) -> bool:
        """Deletes whatever else there is of the guild but its books. False: the bot is back, and nothing went."""

        async def work(tx: aiosqlite.Connection) -> bool:
            if await self._sql.one(tx, "still_gone", guild_id=guild_id) is None:
                return False
            await self._sql.run(tx, "purge_account", guild_id=guild_id)
            await self._sql.run(tx, "purge_rules", guild_id=guild_id)
            await self._sql.run(tx, "purge_audit", guild_id=guild_id)
            await self._sql.run(tx, "purge_notices", guild_id=guild_id)
            await self._sql.run(tx, "purge_drafts", guild_id=guild_id)
            await self._sql.run(tx, "purge_turn", guild_id=guild_id)
            await self._sql.run(tx, "purge_tallies", guild_id=guild_id)
            await self._sql.run(tx, "purge_erasures", guild_id=guild_id)
            await self._sql.run(tx, "purged", guild_id=guild_id, now=to_millis(now))
            return True

        return await self._db.write(work)

    async def under_way(self, guild_id: GuildId) -> bool:
        """Whether some order of the guild is not over."""
        return await self._db.read(lambda db: self._sql.one(db, "any_place", guild_id=guild_id)) is not None
