"""The ledger's entries and the tallies beside them, made inside the transactions of what they belong to.

Whoever makes an entry keeps the tally of its order's quarter hour in the same breath: the tallies are the sums of the
entries at every commit. A budget that an entry fills is told to the guild here too.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import aiosqlite

from bot.domain.clock import from_millis, to_millis
from bot.domain.ids import GenerationId, GuildId, OrderId, UserId
from bot.domain.money import from_micro, to_micro
from bot.domain.orders.order import Order
from bot.domain.rules.limits import Mark, Standing, instant, marks, usd
from bot.domain.rules.periods import day_of, month_of, quarter
from bot.domain.rules.policy import GuildPolicy
from bot.store.records.guild_log import owe
from bot.store.rules import Rules
from bot.store.statements import Statements

BUDGET = "budget"  # the notice of a share of a budget


class Balances:
    """Works inside a transaction that a repository has opened."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._sql = Statements("ledger")

    async def reserve(self, tx: aiosqlite.Connection, order: Order, policy: GuildPolicy, standing: Standing) -> None:
        """What each output is quoted; the order counts from now on. `standing` is what it was checked against."""
        rows = await self._sql.all(tx, "reserve", order_id=order.id, now=to_millis(order.created_at))
        micro = sum(row["micro_usd"] for row in rows)
        await self._sql.run(tx, "tally", order_id=order.id, micro_usd=micro, orders=1)
        spent = from_micro(micro)
        after = replace(standing, guild_day=standing.guild_day + spent, guild_month=standing.guild_month + spent)
        await self._tell(tx, order.context.guild_id, policy, after, order.created_at, order.created_at)

    async def close(
        self,
        tx: aiosqlite.Connection,
        generation_id: GenerationId,
        order_id: OrderId,
        now: datetime,
        *,
        succeeded: bool,
        unclear: bool,
    ) -> None:
        """What was reserved is released; a success is charged by its quote until the provider tells its price.

        What is `unclear`, because it may have been made, stays booked as that, and counts towards budgets.
        """
        at = to_millis(now)
        charged = await self._sql.value(tx, "charge", generation_id=generation_id, now=at) if succeeded else None
        kept = await self._sql.value(tx, "unclear", generation_id=generation_id, now=at) if unclear else None
        released = await self._sql.value(tx, "release", generation_id=generation_id, now=at)
        await self._tally(tx, order_id, charged, kept, released)

    async def clear(
        self,
        tx: aiosqlite.Connection,
        generation_id: GenerationId,
        order_id: OrderId,
        now: datetime,
        *,
        succeeded: bool,
    ) -> None:
        """It is known what became of an output that was unclear: a success is charged, anything else cost nothing."""
        at = to_millis(now)
        charged = await self._sql.value(tx, "charge", generation_id=generation_id, now=at) if succeeded else None
        cleared = await self._sql.value(tx, "clear", generation_id=generation_id, now=at)
        await self._tally(tx, order_id, charged, cleared)

    async def _tally(self, tx: aiosqlite.Connection, order_id: OrderId, *amounts: int | None) -> None:
        micro = sum(amount or 0 for amount in amounts)
        if micro:
            await self._sql.run(tx, "tally", order_id=order_id, micro_usd=micro, orders=0)

    async def adjust(self, tx: aiosqlite.Connection, generation_id: GenerationId, cost: Decimal, now: datetime) -> None:
        """The provider charged `cost`: the books follow, whatever was quoted; once."""
        at = to_millis(now)
        micro: int | None = await self._sql.value(
            tx, "adjust", generation_id=generation_id, micro_usd=to_micro(cost), now=at
        )
        await self._sql.run(tx, "cost_known", generation_id=generation_id, now=at)
        order = await self._sql.one(tx, "order_of", generation_id=generation_id)
        if not micro or order is None:
            return
        await self._sql.run(tx, "tally", order_id=order["id"], micro_usd=micro, orders=0)
        guild_id, ordered_at = GuildId(order["guild_id"]), from_millis(order["created_at"])
        policy = await self._rules.of(tx, guild_id)
        standing = await self.standing(tx, guild_id, UserId(order["requester_id"]), policy, ordered_at)
        await self._tell(tx, guild_id, policy, standing, ordered_at, now)

    async def standing(
        self, db: aiosqlite.Connection, guild_id: GuildId, member: UserId, policy: GuildPolicy, at: datetime
    ) -> Standing:
        """What counts at `at`, but for the orders in flight: those are in the queue's books."""
        rows = await self._sql.all(
            db,
            "tallied",
            guild_id=guild_id,
            user_id=member,
            day=quarter(day_of(at, policy.time_zone).start),
            month=quarter(month_of(at, policy.time_zone).start),
        )
        by_user = {row["user_id"]: row for row in rows}
        guild, own = by_user.get(0), by_user.get(member)
        return Standing(
            guild_day=from_micro(guild["day"] if guild is not None else 0),
            guild_month=from_micro(guild["month"] if guild is not None else 0),
            member_day=from_micro(own["day"] if own is not None else 0),
            member_month=from_micro(own["month"] if own is not None else 0),
            member_orders=own["orders"] if own is not None else 0,
        )

    async def _tell(
        self,
        tx: aiosqlite.Connection,
        guild_id: GuildId,
        policy: GuildPolicy,
        standing: Standing,
        at: datetime,
        now: datetime,
    ) -> None:
        """Of each budget the highest share that was reached; those below it have nothing more to say."""
        said: set[str] = set()
        for mark in marks(policy, standing, at):
            values = _values(mark)
            await owe(tx, guild_id, BUDGET, mark.key, values, now, needless=mark.period in said)
            said.add(mark.period)


def _values(mark: Mark) -> dict[str, str | int | float]:
    return {
        "period": mark.period,
        "share": mark.share,
        "spent": usd(mark.spent),
        "budget": usd(mark.budget),
        "resets": instant(mark.resets),
    }
