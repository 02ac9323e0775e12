"""The ledger: what each guild has reserved and spent. Append-only, with the tallies beside it.

Whoever makes an entry keeps the tally of its order's quarter hour in the same transaction, so at every commit the
tallies are the sums of the entries. An order's reservation is entered when it is accepted (`Balances`), the entries of
an end by `bot.store.orders.settlement`. A budget that an entry fills is told to the guild in the same transaction.
"""

import enum
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain.clock import from_millis, to_millis
from bot.domain.errors import Value
from bot.domain.ids import ChannelId, GenerationId, GuildId, MessageId, OrderId, UserId, before_ids_of, short
from bot.domain.money import from_micro, to_micro
from bot.domain.orders.generation import Generation, Reason
from bot.domain.orders.order import Order
from bot.domain.orders.payer import Payer
from bot.domain.records.guild_log import Act
from bot.domain.rules.limits import Standing, instant, marks
from bot.domain.rules.periods import day_of, month_of, quarter
from bot.domain.rules.policy import STANDARD, GuildPolicy
from bot.store.database import Database, Owner
from bot.store.records.guild_log import owe, record
from bot.store.rows import policy_of, to_generation, to_payer
from bot.store.statements import Connection, Row, SqlValue, Statements
from bot.store.wallet.learnt import Learnt, LearntCosts, learn

_SQL = Statements("ledger")
BUDGET = "budget"  # the notice of a share of a budget
_BATCH = 1000
_ORDERED_WITHIN = timedelta(days=3)  # before it ends an output was ordered, and what is late within that too
ABOVE = "above"  # the notice of a charge above what was set aside
_LEARNING = 1  # one cost at a time teaches what all guilds learn
_TOLD_ABOVE = 1_000  # micro-USD: a tenth of a cent, the least that is shown
_STEP = 5_000  # entries: some ten milliseconds
LISTED = 25  # outputs: as many as a select shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """What a payer was charged in all, USD. `unsettled`: some prices of the last day are still the estimates.

    `estimates` is for how many outputs the provider has not told any, however long ago.
    """

    payer: Payer
    usd: Decimal
    unsettled: bool
    estimates: int = 0


class Why(enum.StrEnum):
    """Why outputs can be behind a difference between the ledger and the provider's total."""

    UNCLEAR = "unclear"  # they may have been charged
    ESTIMATED = "estimated"  # charged, and the provider has not said how much
    RUNNING = "running"  # the provider has them, and may have charged them
    LATE = "late"  # they turned up after they had been given up
    FAILED = "failed"  # they brought nothing, and may have been charged all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspects:
    """So many outputs, and what they were estimated to cost together. USD."""

    outputs: int
    usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """An output that may have been made and charged, with its estimate in USD, its order, and where its card is."""

    generation_id: GenerationId
    ordinal: int
    order_id: OrderId
    model_name: str
    requester_id: UserId
    usd: Decimal
    at: datetime
    reason: Reason | None
    channel_id: ChannelId
    card_message_id: MessageId | None


class Balances:
    """Reservations, corrections and what counts towards limits, inside a transaction that a repository has opened."""

    def __init__(self, standard: GuildPolicy = STANDARD) -> None:
        self._standard = standard

    def reserve(self, tx: Connection, order: Order, policy: GuildPolicy, standing: Standing) -> None:
        """What each output sets aside; the order counts from now on. `standing` is what it was checked against."""
        rows = _SQL.all(tx, "reserve", order_id=order.id, now=to_millis(order.created_at))
        micro = sum(row["micro_usd"] for row in rows)
        _SQL.run(tx, "tally", order_id=order.id, micro_usd=micro, orders=1)
        spent = from_micro(micro)
        after = replace(standing, guild_day=standing.guild_day + spent, guild_month=standing.guild_month + spent)
        self._tell(tx, order.context.guild_id, policy, after, order.created_at, order.created_at)

    def adjust(self, tx: Connection, generation_id: GenerationId, cost: Decimal, now: datetime) -> Learnt:
        """The provider charged `cost`: the books follow, whatever was reserved; once. What is learnt by it."""
        at = to_millis(now)
        micro: int | None = _SQL.value(tx, "adjust", generation_id=generation_id, micro_usd=to_micro(cost), now=at)
        _SQL.run(tx, "cost_known", generation_id=generation_id, now=at)
        order = _SQL.one(tx, "order_of", generation_id=generation_id)
        if micro is None or order is None:
            return {}
        learnt: Learnt = {}
        if order["cost_drivers"] is not None:
            payer = to_payer(order)
            learnt = learn(tx, payer, order["model_id"], order["cost_drivers"], to_micro(cost), now)
        if not micro:
            return learnt
        if order["quote_micro_usd"] is not None and micro >= _TOLD_ABOVE:
            above: dict[str, Value] = {
                "order": short(order["id"]),
                "model": order["model_name"],
                "price": cost,
                "reserved": from_micro(order["quote_micro_usd"]),
            }
            owe(tx, GuildId(order["guild_id"]), ABOVE, f"{ABOVE}:{order['id']}", above, now)
        _SQL.run(tx, "tally", order_id=order["id"], micro_usd=micro, orders=0)
        guild_id, ordered_at = GuildId(order["guild_id"]), from_millis(order["created_at"])
        policy = policy_of(tx, guild_id, self._standard)
        standing = self.standing(tx, guild_id, UserId(order["requester_id"]), policy, ordered_at)
        self._tell(tx, guild_id, policy, standing, ordered_at, now)
        return learnt

    def standing(
        self, db: Connection, guild_id: GuildId, member: UserId, policy: GuildPolicy, at: datetime
    ) -> Standing:
        """What counts at `at`, but for the orders in flight: those are in the queue's books."""
        rows = _SQL.all(
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

    def _tell(
        self,
        tx: Connection,
        guild_id: GuildId,
        policy: GuildPolicy,
        standing: Standing,
        at: datetime,
        now: datetime,
    ) -> None:
        """Of each budget the highest share that was reached; those below it have nothing more to say."""
        said: set[str] = set()
        for mark in marks(policy, standing, at):
            values: dict[str, Value] = {
                "period": mark.period,
                "share": mark.share,
                "spent": mark.spent,
                "budget": mark.budget,
                "resets": instant(mark.resets),
            }
            owe(tx, guild_id, BUDGET, mark.key, values, now, needless=mark.period in said)
            said.add(mark.period)


class Ledger:
    """`standard` holds for what a guild has said nothing about; what costs are told is `learnt` for estimates."""

    def __init__(self, db: Database, learnt: LearntCosts | None = None, standard: GuildPolicy = STANDARD) -> None:
        self._db = db
        self._learnt = learnt if learnt is not None else LearntCosts(db)
        self._standard = standard
        self._balances = Balances(standard)

    async def costs_unknown(self, since: datetime) -> Sequence[tuple[Payer, Generation]]:
        """Successes since then of which the provider has not yet said what they cost, the latest first."""
        rows = await self._db.read(_SQL.rows("costs_unknown", since=to_millis(since), limit=_BATCH))
        return [(to_payer(row), to_generation(row)) for row in rows]

    async def charged(self, since: datetime, step: int = _STEP) -> list[Charged]:
        """Every payer with what it was charged. `since`: successes from before then count as settled, told or not.

        Reads the whole ledger, `step` entries at a time, so that who looks at the usage waits for no more than that. A
        success that comes to an end meanwhile may be missing; its payer is `unsettled` then.
        """
        unsettled = await self._unsettled(since)
        sums: defaultdict[Payer, int] = defaultdict(int)  # micro-USD
        estimates: defaultdict[Payer, int] = defaultdict(int)
        after: str | None = ""

        def entries(db: Connection) -> tuple[list[Row], str | None]:
            last: str | None = _SQL.value(db, "last_of", after=after, limit=step)
            return [] if last is None else _SQL.all(db, "charged_by_payer", after=after, last=last), last

        while after is not None:
            rows, after = await self._db.read_long(entries)
            for row in rows:
                sums[to_payer(row)] += row["micro_usd"]
                estimates[to_payer(row)] += row["estimates"]
        unsettled |= await self._unsettled(since)
        return [
            Charged(payer=payer, usd=from_micro(micro), unsettled=payer in unsettled, estimates=estimates[payer])
            for payer, micro in sums.items()
        ]

    async def _unsettled(self, since: datetime) -> set[Payer]:
        rows = await self._db.read_long(lambda db: _SQL.all(db, "unsettled_payers", since=to_millis(since)))
        return {to_payer(row) for row in rows}

    async def behind(self, payer: Payer, since: datetime) -> dict[Why, Suspects]:
        """The payer's outputs that can be behind a difference: what is open, and what came late or failed `since`."""
        asked: dict[str, SqlValue] = {
            "provider": payer.provider,
            "key_id": payer.key or "",
            "namespace": payer.namespace or "",
            "since": to_millis(since),
            "first": before_ids_of(since - _ORDERED_WITHIN),
        }
        rows = await self._db.read(lambda db: _SQL.all(db, "behind", **asked))
        return {
            Why(row["why"]): Suspects(outputs=row["outputs"], usd=from_micro(row["micro_usd"]))
            for row in rows
            if row["outputs"]
        }

    async def unclear(self, guild_id: GuildId, limit: int = LISTED) -> list[Unclear]:
        """What the guild may have been charged and nobody has cleared yet, the latest first."""
        asked: dict[str, SqlValue] = {"guild_id": guild_id, "generation_id": "", "limit": limit}
        return [_unclear(row) for row in await self._db.read(lambda db: _SQL.all(db, "unclear_of_guild", **asked))]

    async def settle_unclear(
        self, generation_id: GenerationId, act: Act, now: datetime, *, charged: bool
    ) -> Unclear | None:
        """Somebody who manages the guild says that it was `charged` (then by its estimate) or not; with the audit log.

        The result is another matter: when it turns up, it is delivered and booked. None: it is not unclear any more.
        """

        def work(tx: Connection) -> Unclear | None:
            asked: dict[str, SqlValue] = {"guild_id": act.guild_id, "generation_id": generation_id, "limit": 1}
            row = _SQL.one(tx, "unclear_of_guild", **asked)
            if row is None:
                return None
            one = _unclear(row)
            entry = {"generation_id": generation_id, "now": to_millis(now)}
            booked = _SQL.value(tx, "charge", **entry) if charged else None
            micro = _SQL.value(tx, "clear", **entry) + (booked or 0)
            _SQL.run(tx, "tally", order_id=one.order_id, micro_usd=micro, orders=0)
            _SQL.run(tx, "redraw_card", generation_id=generation_id, now=to_millis(now))
            noted = replace(act, subject=one.order_id, before=json.dumps(str(one.usd)))
            record(tx, noted, now, told=policy_of(tx, act.guild_id, self._standard).acts_told)
            return one

        return await self._db.write(work, Owner("guild", act.guild_id))

    async def clear_unclear(self, payer: Payer, before: datetime, now: datetime) -> int:
        """What the payer may have been charged `before` then has cost nothing; how many outputs that were."""
        asked = {"provider": payer.provider, "key_id": payer.key or "", "namespace": payer.namespace or ""}

        def work(tx: Connection) -> int:
            rows = _SQL.all(tx, "unclear_of_payer", before=to_millis(before), **asked)
            for row in rows:
                entry = {"generation_id": row["generation_id"], "now": to_millis(now)}
                _SQL.run(tx, "tally", order_id=row["order_id"], micro_usd=_SQL.value(tx, "clear", **entry), orders=0)
                _SQL.run(tx, "redraw_card", **entry)
            return len(rows)

        return await self._db.write(work)

    async def settle_cost(self, generation_id: GenerationId, cost: Decimal, now: datetime) -> None:
        """The provider charged `cost`: the ledger follows, whatever was quoted. Once: a later call changes nothing."""

        def work(tx: Connection) -> Learnt:
            learnt = self._balances.adjust(tx, generation_id, cost, now)
            _SQL.run(tx, "redraw_card", generation_id=generation_id, now=to_millis(now))
            return learnt

        self._learnt.note(await self._db.write(work, Owner("generation", generation_id, beside=_LEARNING)))


def _unclear(row: Row) -> Unclear:
    return Unclear(
        generation_id=GenerationId(row["generation_id"]),
        ordinal=row["ordinal"],
        order_id=OrderId(row["order_id"]),
        model_name=row["model_name"],
        requester_id=UserId(row["requester_id"]),
        usd=from_micro(row["micro_usd"]),
        at=from_millis(row["at"]),
        reason=Reason(row["reason"]) if row["reason"] is not None else None,
        channel_id=ChannelId(row["channel_id"]),
        card_message_id=MessageId(row["card_message_id"]) if row["card_message_id"] is not None else None,
    )
