"""The fair queue of each guild: who is admitted next, decided inside the transactions that change anything about it.

An order takes the turn after the guild's and after its requester's own last one, so that of a member's twenty orders
one is admitted in each round. Admission is strictly in order: an order that needs more room than there is holds up
those behind it, because otherwise large ones would never come to pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.clock import from_millis, to_millis
from bot.domain.ids import OXEN, GuildId, ModelId, OrderId, ProviderName, UserId
from bot.domain.money import from_micro
from bot.domain.orders.order import Order
from bot.domain.orders.waiting import Scope, Weight
from bot.domain.records.guild_log import Act
from bot.domain.rules.policy import STANDARD, GuildPolicy
from bot.store.database import Database, Owner, of_shards
from bot.store.records.guild_log import record
from bot.store.rows import policy_of
from bot.store.statements import Connection, Row, Statements

_SQL = Statements("queueing")
_LATEST = 200  # orders that an estimate looks back at
_BATCH = 100
_HEAD, _LISTED = 50, 1000  # waiting orders: of one guild, of all


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCounts:
    """What an order's position in its guild's queue follows from: how many orders and generations are before it."""

    order_id: OrderId
    model_id: ModelId
    admitted: bool
    orders_ahead: int
    generations_ahead: int
    running: int  # generations of the guild
    outputs: int  # its own that are not over


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An order in its guild's own queue. `place` counts from 1."""

    order_id: OrderId
    guild_id: GuildId
    place: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """A guild's queue before an order of a member: the turn that it would take, whether anybody waits, and how many
    generations of the guild run. `of_member`: how many orders of the member are not over.
    """

    turn: int
    waiting: bool
    running: int
    of_member: int

    def admits(self, outputs: int, policy: GuildPolicy) -> bool:
        """Whether an order of so many outputs is sent without waiting."""
        if policy.paused or self.waiting:
            return False
        return not self.running or policy.running is None or self.running + outputs <= policy.running


class QueueSlots:
    """Who takes which place, and who is admitted: inside a transaction that a repository has opened."""

    def __init__(self, standard: GuildPolicy = STANDARD) -> None:
        self._standard = standard

    def state(self, db: Connection, guild_id: GuildId, member: UserId) -> QueueState:
        """The guild's queue, before an order of the member."""
        row = _SQL.one(db, "queue_state", guild_id=guild_id, requester_id=member)
        if row is None:
            raise LookupError(guild_id)
        return QueueState(
            turn=row["turn"], waiting=bool(row["waiting"]), running=row["running"], of_member=row["of_member"]
        )

    def take(self, tx: Connection, order: Order, policy: GuildPolicy, turn: int, *, at_once: bool) -> bool:
        """The order gets its `turn`, and is admitted if that is now; False: its row says so, unless it is `at_once`."""
        guild_id = order.context.guild_id
        _SQL.run(
            tx,
            "take_position",
            order_id=order.id,
            guild_id=guild_id,
            requester_id=order.context.requester_id,
            turn=turn,
            open=order.request.count,
            stage="admitted" if at_once else "waiting",
        )
        if at_once:
            _SQL.run(tx, "reach_turn", guild_id=guild_id, turn=turn)
        else:
            self._admit(tx, guild_id, policy, order.created_at)
        return at_once

    def leave(self, tx: Connection, order_id: OrderId) -> bool:
        """The order is about to be sent. False: it was not admitted, or somebody stopped the queue since."""
        return _SQL.one(tx, "leave_position", order_id=order_id) is not None

    def come_back(self, tx: Connection, order_id: OrderId, now: datetime) -> None:
        """It could not be sent: it keeps its place, at the head."""
        row = _SQL.one(tx, "back_to_waiting", order_id=order_id)
        if row is not None:
            self.move_on(tx, GuildId(row["guild_id"]), now)

    def one_over(self, tx: Connection, order_id: OrderId, now: datetime) -> tuple[int, bool]:
        """A generation of the order is over: that makes room. How many of it are left, and whether others may go."""
        row = _SQL.one(tx, "last_over", order_id=order_id) or _SQL.one(tx, "one_over", order_id=order_id)
        if row is None:
            return 0, False
        return row["open"], self.move_on(tx, GuildId(row["guild_id"]), now)

    def rules_changed(self, tx: Connection, guild_id: GuildId, policy: GuildPolicy, now: datetime) -> None:
        """A pause calls back what was not sent yet; anything else may make room."""
        if policy.paused:
            _SQL.run(tx, "not_admitted_since", guild_id=guild_id)
            _SQL.run(tx, "hold_back", guild_id=guild_id)
        self._admit(tx, guild_id, policy, now)

    def move_on(self, tx: Connection, guild_id: GuildId, now: datetime) -> bool:
        """Admits whoever is next, as long as there is room; whether anybody was."""
        if _SQL.one(tx, "first_waiting", guild_id=guild_id) is None:
            return False
        return self._admit(tx, guild_id, policy_of(tx, guild_id, self._standard), now)

    def _admit(self, tx: Connection, guild_id: GuildId, policy: GuildPolicy, now: datetime) -> bool:
        admitted = False
        while not policy.paused:
            first = _SQL.one(tx, "first_waiting", guild_id=guild_id)
            if first is None:
                break
            if policy.running is not None:  # an order larger than a limit that fell after it was accepted runs alone
                running: int = _SQL.value(tx, "running", guild_id=guild_id)
                if running and running + first["open"] > policy.running:
                    break
            _SQL.run(tx, "admit", order_id=first["order_id"])
            _SQL.run(tx, "admitted_since", order_id=first["order_id"], now=to_millis(now))
            _SQL.run(tx, "reach_turn", guild_id=guild_id, turn=first["turn"])
            admitted = True
        return admitted

    def move(self, tx: Connection, guild_id: GuildId, order_id: OrderId, place: int) -> bool:
        """Puts a waiting order at `place` (1 is next; beyond the end is the end). False: it does not wait."""
        row = _SQL.one(tx, "position_of", guild_id=guild_id, order_id=order_id)
        if row is None or row["stage"] != "waiting":
            return False
        there = _SQL.one(tx, "waiting_at", guild_id=guild_id, skipped=place - 1, order_id=order_id)
        if there is None:
            last = _SQL.one(tx, "last_waiting", guild_id=guild_id)
            if last is not None and last["order_id"] != order_id:
                _SQL.run(tx, "move_to", order_id=order_id, round=last["round"] + 1, position=0)
            return True
        here = {"round": there["round"], "position": there["position"]}
        _SQL.run(tx, "make_room", guild_id=guild_id, before=there["order_id"], **here)
        _SQL.run(tx, "move_to", order_id=order_id, round=there["round"], position=there["position"] + 1)
        return True

    def position(self, db: Connection, guild_id: GuildId, order_id: OrderId) -> QueueCounts | None:
        """Where the order stands; None when it is over, or another guild's."""
        row = _SQL.one(db, "position_of", guild_id=guild_id, order_id=order_id)
        if row is None:
            return None
        waits = row["stage"] == "waiting"
        running: int = _SQL.value(db, "running", guild_id=guild_id)
        before: Row | None = None
        if waits:
            at = {"round": row["round"], "position": row["position"]}
            before = _SQL.one(db, "ahead", guild_id=guild_id, order_id=order_id, **at)
        return QueueCounts(
            order_id=order_id,
            model_id=ModelId(row["model_id"]),
            admitted=not waits,
            orders_ahead=before["orders"] if before is not None else 0,
            generations_ahead=before["generations"] if before is not None else 0,
            running=running,
            outputs=row["open"],
        )


class Queues:
    """What is asked about the queues, and the moderators' hand in them. Each method is one transaction."""

    def __init__(self, db: Database, standard: GuildPolicy = STANDARD) -> None:
        self._db = db
        self._standard = standard
        self._slots = QueueSlots(standard)

    async def position(self, guild_id: GuildId, order_id: OrderId) -> QueueCounts | None:
        """Where the order stands; None when it is over, or another guild's."""
        return await self._db.read(lambda db: self._slots.position(db, guild_id, order_id))

    async def move(self, order_id: OrderId, place: int, act: Act, now: datetime) -> bool:
        """Puts a waiting order at `place` (1 is next; beyond the end is the end). False: it does not wait."""

        def work(tx: Connection) -> bool:
            before = self._slots.position(tx, act.guild_id, order_id)
            if before is None or before.admitted or not self._slots.move(tx, act.guild_id, order_id, place):
                return False
            after = self._slots.position(tx, act.guild_id, order_id)
            moved = replace(
                act,
                before=str(before.orders_ahead + 1),
                after=str(after.orders_ahead + 1) if after is not None else "",
            )
            policy = policy_of(tx, act.guild_id, self._standard)
            record(tx, moved, now, told=policy.acts_told)
            return True

        return await self._db.write(work, Owner("guild", act.guild_id))

    async def note(self, act: Act, now: datetime) -> None:
        """Writes an act that is carried out in many transactions into the audit log, before the first of them."""

        def work(tx: Connection) -> None:
            policy = policy_of(tx, act.guild_id, self._standard)
            record(tx, act, now, told=policy.acts_told)

        await self._db.write(work, Owner("guild", act.guild_id))

    async def open(self, guild_id: GuildId, scope: Scope, after: str = "") -> Sequence[OrderId]:
        """Orders of the guild that are not over, by id, some of those after `after`; of the member, in the channel."""
        rows = await self._db.read(
            _SQL.rows(
                "orders_open",
                guild_id=guild_id,
                requester_id=scope.member or 0,
                channel_id=scope.channel or 0,
                after=after,
                limit=_BATCH,
            )
        )
        return [OrderId(row["order_id"]) for row in rows]

    async def waiting(self) -> Sequence[Waiting]:
        """The first orders of each guild's queue, those in front first."""
        rows = await self._db.read(lambda db: _SQL.all(db, "waiting", most=_HEAD, limit=_LISTED, **of_shards(self._db)))
        return [
            Waiting(
                order_id=OrderId(row["order_id"]),
                guild_id=GuildId(row["guild_id"]),
                place=row["place"],
                created_at=from_millis(row["created_at"]),
            )
            for row in rows
        ]

    async def weigh(self, guild_id: GuildId, scope: Scope) -> Weight:
        """What there is of it to cancel in the guild."""
        row = await self._db.read(
            _SQL.row(
                "weight",
                guild_id=guild_id,
                order_id=scope.order or "",
                requester_id=scope.member or 0,
                channel_id=scope.channel or 0,
            )
        )
        if row is None:
            raise LookupError(guild_id)
        return Weight(
            orders=row["orders"],
            generations=row["generations"],
            unsent=row["unsent"],
            unpriced=row["unpriced"],
            reserved=from_micro(row["micro_usd"]),
        )

    async def took(
        self, guild_id: GuildId, model_id: ModelId, drivers: str, provider: ProviderName = OXEN
    ) -> Sequence[Sequence[timedelta]]:
        """How long the latest successes of the model took from the POST to the result, those that say most first.

        Outputs of the same `drivers` in the guild, and anywhere; then any of the model in the guild, and anywhere.
        """
        rows = await self._db.read(
            _SQL.rows("took", guild_id=guild_id, model_id=model_id, provider=provider, limit=_LATEST)
        )
        return [
            [
                timedelta(milliseconds=row["millis"])
                for row in rows
                if row["here"] == here and (not alike or (row["cost_drivers"] or "") == drivers)
            ]
            for alike in (True, False)
            for here in (1, 0)
        ]
