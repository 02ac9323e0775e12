"""The orders of a guild, looked back on. Each method is one read."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import aiosqlite

from bot.domain.clock import to_millis
from bot.domain.ids import ID_LENGTH, GenerationId, GuildId, MessageId, OrderId, UserId
from bot.domain.models.catalogue import MULTI_PROMPT
from bot.domain.money import from_micro
from bot.domain.records.history import PastOrder, Way
from bot.store.database import Database
from bot.store.rows import to_generation, to_order
from bot.store.statements import Row, SqlValue, Statements

_SHORT = 6  # characters of an id that people see (`bot.domain.ids.short`)
_LAST = to_millis(datetime.max.replace(tzinfo=UTC) - timedelta(days=1))


class Glance(NamedTuple):
    """An order in short: thousands are looked through for a word. `text` is its prompts and its model's name."""

    id: OrderId
    text: str


class History:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._sql = Statements("reports")

    async def glance(
        self, guild_id: GuildId, member: UserId | None, way: Way, start: OrderId | None, limit: int
    ) -> list[Glance]:
        """So many orders, from the one after `start` on: newest first, or oldest first where the way is to newer ones.

        None as `start`, or an order that is not the guild's, begins at the end from which the way leads.
        """

        async def work(db: aiosqlite.Connection) -> list[Row]:
            at, order_id = await self._place(db, guild_id, way, start)
            from_there: dict[str, SqlValue] = {"guild_id": guild_id, "at": at, "id": order_id, "limit": limit}
            newer = way is Way.NEWER
            if member is None and newer:
                return await self._sql.all(db, "orders_after", **from_there)
            if member is None:
                return await self._sql.all(db, "orders_before", **from_there)
            if newer:
                return await self._sql.all(db, "orders_of_member_after", requester_id=member, **from_there)
            return await self._sql.all(db, "orders_of_member_before", requester_id=member, **from_there)

        return [
            Glance(OrderId(row["id"]), " ".join((row["prompt"], row["model_name"], *_shots(row["parameters"]))))
            for row in await self._db.read(work)
        ]

    async def whole(self, guild_id: GuildId, ids: Sequence[OrderId]) -> list[PastOrder]:
        """These orders of the guild with all that belongs to them, in the sequence of the ids."""

        async def work(db: aiosqlite.Connection) -> list[PastOrder]:
            found = [await self._sql.one(db, "past_order", guild_id=guild_id, id=each) for each in ids]
            return [await self._past(db, row) for row in found if row is not None]

        return await self._db.read(work)

    async def named(self, guild_id: GuildId, name: str) -> list[PastOrder]:
        """The guild's order of which `name` is the id, the end of it that people see, or that of an output.

        More than one where two ids end alike, newest first.
        """

        async def work(db: aiosqlite.Connection) -> list[PastOrder]:
            return [await self._past(db, row) for row in await self._rows_named(db, guild_id, name)]

        return await self._db.read(work)

    async def _rows_named(self, db: aiosqlite.Connection, guild_id: GuildId, name: str) -> list[Row]:
        if len(name) == _SHORT:
            found = await self._sql.all(db, "past_orders_by_short_id", guild_id=guild_id, short=name)
            return sorted(found, key=lambda row: row["created_at"], reverse=True)
        if len(name) != ID_LENGTH:
            return []
        order = await self._sql.one(db, "past_order", guild_id=guild_id, id=name)
        if order is None:
            order = await self._sql.one(db, "past_order_of", guild_id=guild_id, generation_id=name)
        return [order] if order is not None else []

    async def _place(
        self, db: aiosqlite.Connection, guild_id: GuildId, way: Way, start: OrderId | None
    ) -> tuple[int, str]:
        row = await self._sql.one(db, "past_order", guild_id=guild_id, id=start) if start is not None else None
        if row is not None:
            return row["created_at"], row["id"]
        return (0, "") if way is Way.NEWER else (_LAST, "")

    async def _past(self, db: aiosqlite.Connection, row: Row) -> PastOrder:
        rows = await self._sql.all(db, "outputs_of", order_id=row["id"])
        costs = [each["micro_usd"] for each in rows if each["micro_usd"] is not None]
        return PastOrder(
            order=to_order(row, len(rows)),
            generations=tuple(to_generation(each) for each in rows),
            cost=from_micro(sum(costs)) if costs else None,
            posts={
                GenerationId(each["id"]): MessageId(each["message_id"])
                for each in rows
                if each["message_id"] is not None
            },
            wordless=row["forgotten_at"] is not None,
        )


def _shots(parameters: str) -> Iterator[str]:
    """The prompts of a storyboard."""
    if f'"{MULTI_PROMPT}"' not in parameters:
        return
    for shot in json.loads(parameters)[MULTI_PROMPT]:
        yield str(shot.get("prompt", ""))
