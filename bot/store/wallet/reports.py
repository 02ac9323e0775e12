"""Looking back: what was spent and made in a period, and a guild's past orders. Each method is one read.

Reads of other people wait while one runs, so what grows with a period's orders is asked for in short periods.
"""

import enum
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from bot.domain.clock import from_millis, to_millis
from bot.domain.ids import ID_LENGTH, GenerationId, GuildId, MessageId, OrderId, UserId
from bot.domain.models.catalogue import MULTI_PROMPT, MediaKind
from bot.domain.money import from_micro
from bot.domain.orders.generation import GenerationState
from bot.domain.records.reports import Lineage, PastOrder, Way
from bot.domain.rules.periods import Period, quarter
from bot.store.database import Database
from bot.store.rows import to_generation, to_order
from bot.store.statements import Connection, Row, SqlValue, Statements

_SQL = Statements("reports")
_SHORT = 6  # characters of an id that people see (`bot.domain.ids.short`)
_RELATIVES = 10  # of each direction that are looked up
_LAST = to_millis(datetime.max.replace(tzinfo=UTC) - timedelta(days=1))


class Tallied(NamedTuple):
    """What orders of one quarter hour (counted from 1970, UTC), or of one member, come to."""

    key: int
    usd: Decimal
    orders: int


class Outcomes(NamedTuple):
    """`outputs` of one model that are in one state after as many seconds, and what they cost. USD.

    Of that, `unclear` may have been charged, and `estimated` was, but the provider has not said how much. `orders` are
    those that have their first output among these.
    """

    requester_id: UserId
    model_name: str
    kind: MediaKind
    state: GenerationState
    took: int | None
    held: int | None
    outputs: int
    usd: Decimal
    unclear: Decimal
    estimated: Decimal
    orders: int


class Amount(enum.StrEnum):
    """What is known of an output's amount."""

    CHARGED = "charged"  # the provider told it
    ESTIMATED = "estimated"  # charged, and the provider has not said how much
    UNCLEAR = "unclear"  # it may have been charged
    RESERVED = "reserved"
    NOTHING = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One generation, as a table has it. `usd` is None where nobody knows; `amount` is what that is.

    `estimate_source` is where its estimate was from ("listed", "set", "learnt", "ceiling"), "" where there was none.
    """

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
    amount: Amount = Amount.NOTHING
    estimate_source: str = ""


class Reports:
    """A member is a Discord id; None is the whole guild."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def spent(self, guild_id: GuildId, member: UserId | None, period: Period) -> list[Tallied]:
        """By the quarter hour, those in which nothing was ordered left out."""
        rows = await self._db.read_long(
            lambda db: _SQL.all(
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
        rows = await self._db.read_long(
            lambda db: _SQL.all(
                db, "spent_by_member", guild_id=guild_id, start=quarter(period.start), end=quarter(period.end)
            )
        )
        return [Tallied(row["user_id"], from_micro(row["micro_usd"]), row["orders"]) for row in rows]

    async def not_charged(self, guild_id: GuildId, period: Period) -> tuple[Decimal, Decimal]:
        """Of what the guild's orders since the period's beginning come to: what is reserved, and what is unclear."""
        start = to_millis(period.start)
        row = await self._db.read(lambda db: _SQL.one(db, "not_charged", guild_id=guild_id, start=start))
        if row is None:
            raise LookupError(guild_id)
        return from_micro(row["reserved"]), from_micro(row["unclear"])

    async def outcomes(self, guild_id: GuildId, member: UserId | None, period: Period) -> list[Outcomes]:
        """How the generations ordered in the period stand now."""
        rows = await self._db.read_long(
            lambda db: _SQL.all(
                db,
                "outcomes",
                guild_id=guild_id,
                requester_id=member or 0,
                start=to_millis(period.start),
                end=to_millis(period.end),
            )
        )
        return [
            Outcomes(
                requester_id=UserId(row["requester_id"]),
                model_name=row["model_name"],
                kind=MediaKind(row["kind"]),
                state=GenerationState(row["state"]),
                took=row["took"],
                held=row["held"],
                outputs=row["outputs"],
                usd=from_micro(row["micro_usd"]),
                unclear=from_micro(row["unclear"]),
                estimated=from_micro(row["estimated"]),
                orders=row["orders"],
            )
            for row in rows
        ]

    async def lines(
        self, guild_id: GuildId, member: UserId | None, period: Period, after: Line | None, orders: int
    ) -> list[Line]:
        """The generations of so many orders, from the one after `after`'s on, oldest first."""
        start = after.ordered_at if after is not None else period.start
        rows = await self._db.read_long(
            lambda db: _SQL.all(
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


class Glance(NamedTuple):
    """An order in short: thousands are looked through for a word. `text` is its prompts and its model's name."""

    id: OrderId
    text: str


class History:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def glance(
        self, guild_id: GuildId, member: UserId | None, way: Way, start: OrderId | None, limit: int
    ) -> list[Glance]:
        """So many orders, from the one after `start` on: newest first, or oldest first where the way is to newer ones.

        None as `start`, or an order that is not the guild's, begins at the end from which the way leads.
        """

        def work(db: Connection) -> list[Row]:
            newer = way is Way.NEWER
            row = _SQL.one(db, "past_order", guild_id=guild_id, id=start) if start is not None else None
            from_there: dict[str, SqlValue] = {
                "guild_id": guild_id,
                "at": 0 if newer else _LAST,
                "id": "",
                "limit": limit,
            }
            if row is not None:
                from_there |= {"at": row["created_at"], "id": row["id"]}
            if member is None and newer:
                return _SQL.all(db, "orders_after", **from_there)
            if member is None:
                return _SQL.all(db, "orders_before", **from_there)
            if newer:
                return _SQL.all(db, "orders_of_member_after", requester_id=member, **from_there)
            return _SQL.all(db, "orders_of_member_before", requester_id=member, **from_there)

        glances: list[Glance] = []
        for row in await self._db.read_long(work):
            shots: list[dict[str, str]] = []
            if f'"{MULTI_PROMPT}"' in row["parameters"]:
                shots = json.loads(row["parameters"])[MULTI_PROMPT]
            words = (row["prompt"], row["model_name"], *(str(shot.get("prompt", "")) for shot in shots))
            glances.append(Glance(OrderId(row["id"]), " ".join(words)))
        return glances

    async def whole(self, guild_id: GuildId, ids: Sequence[OrderId]) -> list[PastOrder]:
        """These orders of the guild with all that belongs to them, in the sequence of the ids."""

        def work(db: Connection) -> list[PastOrder]:
            found = [_SQL.one(db, "past_order", guild_id=guild_id, id=each) for each in ids]
            return [self._past(db, row) for row in found if row is not None]

        return await self._db.read_long(work)

    async def named(self, guild_id: GuildId, name: str) -> list[PastOrder]:
        """The guild's order of which `name` is the id, the end of it that people see, or that of an output.

        More than one where two ids end alike, newest first.
        """

        def work(db: Connection) -> list[PastOrder]:
            found: list[Row | None] = []
            if len(name) == _SHORT:
                found += _SQL.all(db, "past_orders_by_short_id", guild_id=guild_id, short=name)
                found.sort(key=lambda row: row["created_at"] if row is not None else 0, reverse=True)
            elif len(name) == ID_LENGTH:
                found.append(
                    _SQL.one(db, "past_order", guild_id=guild_id, id=name)
                    or _SQL.one(db, "past_order_of", guild_id=guild_id, generation_id=name)
                )
            return [self._past(db, row) for row in found if row is not None]

        return await self._db.read_long(work)

    async def compared(self, guild_id: GuildId, output: GenerationId) -> list[PastOrder]:
        """The order that the output is of, with those that it is compared with, as they are numbered."""

        def work(db: Connection) -> list[PastOrder]:
            row = _SQL.one(db, "past_order_of", guild_id=guild_id, generation_id=output)
            if row is None:
                return []
            first = row["compared_in"]
            rows = [row] if first is None else _SQL.all(db, "past_orders_compared", guild_id=guild_id, first=first)
            return sorted((self._past(db, each) for each in rows), key=lambda past: past.generations[0].ordinal)

        return await self._db.read(work)

    async def lineage(self, past: PastOrder) -> Lineage:
        """What the order goes on from and what goes on from it, in its guild; a few of each."""
        guild_id = past.order.context.guild_id

        def work(db: Connection) -> Lineage:
            ancestors: list[PastOrder] = []
            parent = past.order.request.parent
            while parent is not None and len(ancestors) < _RELATIVES:
                row = _SQL.one(db, "past_order_of", guild_id=guild_id, generation_id=parent)
                if row is None:
                    break
                ancestors.append(self._past(db, row))
                parent = ancestors[-1].order.request.parent
            rows = _SQL.all(db, "children_of", guild_id=guild_id, order_id=past.order.id, limit=_RELATIVES)
            return Lineage(ancestors=tuple(ancestors), children=tuple(self._past(db, row) for row in rows))

        return await self._db.read(work)

    def _past(self, db: Connection, row: Row) -> PastOrder:
        rows = _SQL.all(db, "outputs_of", order_id=row["id"])
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
        amount=_amount(row),
        estimate_source=row["estimate_source"] or "",
    )


def _amount(row: Row) -> Amount:
    if row["told"]:
        return Amount.CHARGED
    if not row["micro_usd"]:
        return Amount.NOTHING
    if row["ended_at"] is None:
        return Amount.RESERVED
    return Amount.UNCLEAR if row["unclear"] else Amount.ESTIMATED
