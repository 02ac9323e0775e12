"""What was spent and made in a period, from the tallies where they tell it. Each method is one read.

Reads of other people wait while one runs, so what grows with a period's orders is asked for in short periods.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from bot.domain.clock import from_millis, to_millis
from bot.domain.ids import GuildId, OrderId, UserId
from bot.domain.money import from_micro
from bot.domain.orders.generation import GenerationState
from bot.domain.rules.periods import Period, quarter
from bot.domain.rules.policy import STANDARD, GuildPolicy, load_policy
from bot.store.database import Database
from bot.store.statements import Row, Statements


class Tallied(NamedTuple):
    """What orders of one quarter hour (counted from 1970, UTC), or of one member, come to."""

    key: int
    usd: Decimal
    orders: int


class Outcomes(NamedTuple):
    """`outputs` of one model that are in one state after as many seconds, and what they cost. USD.

    `orders` are those that have their first output among these.
    """

    model_name: str
    state: GenerationState
    took: int | None
    held: int | None
    outputs: int
    usd: Decimal
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One generation, as a table has it. `usd` is None where nobody knows."""

    id: str
    order_id: OrderId
    ordinal: int
    remote_id: str | None
    requester_id: UserId
    kind: str
    model_id: str
    state: str
    reason: str | None
    ordered_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None
    usd: Decimal | None


class Reports:
    """A member is a Discord id; None is the whole guild. `standard` holds for guilds that have set no rules."""

    def __init__(self, db: Database, standard: GuildPolicy = STANDARD) -> None:
        self._db = db
        self._standard = standard
        self._sql = Statements("reports")

    async def spent(self, guild_id: GuildId, member: UserId | None, period: Period) -> list[Tallied]:
        """By the quarter hour, those in which nothing was ordered left out."""
        rows = await self._db.read(
            lambda db: self._sql.all(
                db,
                "spent_by_quarter",
                guild_id=guild_id,
                user_id=member or 0,
                start=quarter(period.start),
                end=quarter(period.end),
            )
        )
        return [Tallied(row["quarter"], from_micro(row["micro_usd"]), row["orders"]) for row in rows]

    async def spent_by_member(self, guild_id: GuildId, period: Period) -> list[Tallied]:
        """By the member's id. Who was forgotten is not among them."""
        rows = await self._db.read(
            lambda db: self._sql.all(
                db, "spent_by_member", guild_id=guild_id, start=quarter(period.start), end=quarter(period.end)
            )
        )
        return [Tallied(row["user_id"], from_micro(row["micro_usd"]), row["orders"]) for row in rows]

    async def outcomes(self, guild_id: GuildId, member: UserId | None, period: Period) -> list[Outcomes]:
        """How the generations ordered in the period stand now."""
        rows = await self._db.read(
            lambda db: self._sql.all(
                db,
                "outcomes",
                guild_id=guild_id,
                requester_id=member or 0,
                start=to_millis(period.start),
                end=to_millis(period.end),
            )
        )
        return [_outcomes(row) for row in rows]

    async def lines(
        self, guild_id: GuildId, member: UserId | None, period: Period, after: Line | None, orders: int
    ) -> list[Line]:
        """The generations of so many orders, from the one after `after`'s on, oldest first."""
        start = after.ordered_at if after is not None else period.start
        rows = await self._db.read(
            lambda db: self._sql.all(
                db,
                "outputs_in",
                guild_id=guild_id,
                requester_id=member or 0,
                start=to_millis(start),
                end=to_millis(period.end),
                after=after.order_id if after is not None else "",
                limit=orders,
            )
        )
        return [_line(row) for row in rows]

    async def summarised(self) -> Sequence[tuple[GuildId, GuildPolicy]]:
        """The guilds that want a summary of each week, with their rules."""
        rows = await self._db.read(lambda db: self._sql.all(db, "rules_with_summary"))
        return [(GuildId(row["guild_id"]), load_policy(row["content"], self._standard)) for row in rows]

    async def told(self, guild_id: GuildId, key: str) -> bool:
        """Whether the guild was told, or is owed, the notice of this key."""
        return await self._db.read(lambda db: self._sql.one(db, "told_already", guild_id=guild_id, key=key)) is not None


def _outcomes(row: Row) -> Outcomes:
    return Outcomes(
        model_name=row["model_name"],
        state=GenerationState(row["state"]),
        took=row["took"],
        held=row["held"],
        outputs=row["outputs"],
        usd=from_micro(row["micro_usd"]),
        orders=row["orders"],
    )


def _line(row: Row) -> Line:
    return Line(
        id=row["id"],
        order_id=OrderId(row["order_id"]),
        ordinal=row["ordinal"],
        remote_id=row["remote_id"],
        requester_id=UserId(row["requester_id"]),
        kind=row["kind"],
        model_id=row["model_id"],
        state=row["state"],
        reason=row["reason"],
        ordered_at=from_millis(row["created_at"]),
        sent_at=from_millis(row["sent_at"]) if row["sent_at"] is not None else None,
        ended_at=from_millis(row["ended_at"]) if row["ended_at"] is not None else None,
        usd=from_micro(row["micro_usd"]) if row["micro_usd"] is not None else None,
    )
