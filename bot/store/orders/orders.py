"""Orders and their way to the provider. Each method is one transaction."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

from bot.domain.clock import from_millis, to_millis
from bot.domain.ids import OXEN, GenerationId, GuildId, MessageId, OrderId, ProviderName, RemoteId, UserId
from bot.domain.money import from_micro, to_micro
from bot.domain.orders.estimate import Estimate
from bot.domain.orders.generation import GenerationState as State
from bot.domain.orders.generation import Outcome, Reason
from bot.domain.orders.order import Booked, Order, OrderRecord, Review
from bot.domain.orders.payer import Account
from bot.domain.rules.limits import Asks, PolicyInput, Standing, check_all, check_trial, policy_input_of, who_confirms
from bot.domain.rules.policy import STANDARD, GuildPolicy, load_policy
from bot.store.database import Database, Owner, of_shards
from bot.store.orders.settlement import Settlement
from bot.store.rows import dump_inputs, dump_proper, policy_of, to_record
from bot.store.statements import Connection, Row, Statements
from bot.store.wallet.accounts import account_of, trial_used
from bot.store.wallet.queueing import QueueState

_SQL = Statements("orders")
_CONFIRMATIONS = Statements("confirmations")

_BATCH = 100
_LISTED = 1000
FIRST_CARD = timedelta(seconds=10)  # the command draws the first one; after this long, somebody else does


Sending = tuple[OrderId, int]  # an order on its way, and the number of the attempt


class ToSend(NamedTuple):
    """An order not yet sent, and the moment from which it may be."""

    id: OrderId
    due: datetime
    with_files: bool


class StaleCard(NamedTuple):
    """An order whose rows know more than its card shows, and the moment from which to redraw that."""

    id: OrderId
    due: datetime
    revision: int


class Adopted(NamedTuple):
    """The ids that were stored. `to_cancel`: somebody wants an output ended that has one of them now."""

    ids: list[RemoteId]
    to_cancel: bool


class Unconfirmed(Exception):
    """Somebody has to say yes to the price first. `estimates`: of one output of each order that is compared, or of the
    one order. `above`: from which amount the guild asks, USD.
    """

    def __init__(self, asks: Asks, estimates: Sequence[Estimate], above: Decimal | None) -> None:
        super().__init__()
        self.asks = asks
        self.estimates = estimates
        self.above = above


class ConfirmationOver(Exception):
    """The order's pending confirmation was confirmed, withdrawn or has lapsed already."""


class AlreadyRepeated(Exception):
    """The order was placed again before; once is all that a button may do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What an order was checked against."""

    policy: GuildPolicy
    standing: Standing
    queue: QueueState


class Orders:
    """The repository of orders. `new_id` makes the ids of generations."""

    def __init__(
        self, db: Database, settlement: Settlement, new_id: Callable[[], str], standard: GuildPolicy = STANDARD
    ) -> None:
        self._db = db
        self._settlement = settlement
        self._new_id = new_id
        self._standard = standard

    async def accept(
        self,
        order: Order,
        facts: PolicyInput | None = None,
        *,
        was_pending: bool = False,
        others: Sequence[tuple[Order, PolicyInput]] = (),
    ) -> OrderRecord:
        """Stores `order`, its generations, their reservation and its turn; it will have exactly one visible outcome.

        So it does with `others`, which it is compared with: all of them or none, and their price is one.
        This is where rules and limits decide: nothing else is written while they are read. `facts` tells what they
        ask; without, it is what the order itself can tell. One that `was_pending` closes the confirmation of its id.

        Raises `Refusal`, `Unconfirmed` when its price needs a yes first, `AlreadyRepeated` when it repeats an order
        that was repeated before, `ConfirmationOver` when its pending confirmation is not open any more.
        """

        def work(tx: Connection) -> OrderRecord:
            if order.repeat_of is not None and _SQL.one(tx, "order_repeating", id=order.repeat_of):
                raise AlreadyRepeated(order.repeat_of)
            parent, card = order.request.parent, order.context.card_message_id
            if parent is not None and card is not None:
                same = _SQL.one(tx, "order_by_press", parent_id=parent, card_message_id=card)
                if same is not None:
                    return self._record(tx, OrderId(same["id"]))
            now = to_millis(order.created_at)
            if (
                was_pending
                and _CONFIRMATIONS.one(tx, "end_confirmation", id=order.id, state="confirmed", now=now) is None
            ):
                raise ConfirmationOver(order.id)
            guild_id, asked = order.context.guild_id, [facts or policy_input_of(order), *(given for _, given in others)]
            checked = self._checked(tx, guild_id, asked[0].requester_id, asked[0].at)
            policy = checked.policy
            whole = check_all(asked, policy, checked.standing)
            if whole.trial is not None:
                check_trial(whole.total.reserve, whole.trial - trial_used(tx, guild_id))
            estimates = [each.under(policy).estimate for each in asked]
            if (asks := who_confirms(whole, policy)) is not None:
                raise Unconfirmed(asks, estimates, policy.confirm_above)
            generations: list[Row | None] = []
            row: Row | None = None
            for each, estimate in zip((order, *(other for other, _ in others)), estimates, strict=True):
                if generations:  # those before it stand in the queue already, and are spent
                    checked = self._checked(tx, guild_id, asked[0].requester_id, asked[0].at)
                at_once = checked.queue.admits(each.request.count, policy)
                placed = replace(each, reviewed=not whole.channels.isdisjoint(policy.reviewed))
                row = self._insert(tx, placed, estimate, admitted_at=now if at_once else None)
                for ordinal in range(len(generations) + 1, len(generations) + each.request.count + 1):
                    made = {"id": self._new_id(), "order_id": each.id, "ordinal": ordinal}
                    generations.append(_SQL.one(tx, "insert_generation", **made))
                self._settlement.balances.reserve(tx, each, policy, checked.standing)
                if not self._settlement.slots.take(tx, each, policy, checked.queue.turn, at_once=at_once):
                    row = None
            if row is not None and not others:
                return to_record(row, [each for each in generations if each is not None])
            record = self._record(tx, order.id)
            return replace(record, others=[self._record(tx, other.id) for other, _ in others])

        return await self._db.write(work, Owner("guild", order.context.guild_id))

    async def get(self, order_id: OrderId) -> OrderRecord | None:
        """The order with its generations, or None."""

        def work(db: Connection) -> OrderRecord | None:
            order = _SQL.one(db, "order_by_id", id=order_id)
            if order is None:
                return None
            record = self._told(db, order)
            if not record.order.first_of_compared:
                return record
            others = [self._told(db, row) for row in _SQL.all(db, "compared_with", id=order_id)]
            return replace(
                record,
                others=others,
                untold=record.untold.union(*(other.untold for other in others)),
                told=dict(chain.from_iterable(each.told.items() for each in (record, *others))),
                reviews=dict(chain.from_iterable(each.reviews.items() for each in (record, *others))),
            )

        return await self._db.read(work)

    async def repeated(self, order_id: OrderId) -> bool:
        """Whether the order was placed again."""
        return await self._db.read(lambda db: _SQL.one(db, "order_repeating", id=order_id)) is not None

    async def queue(self, guild_id: GuildId, of: UserId | None = None) -> list[tuple[int, OrderRecord]]:
        """The guild's orders that are not over, each with its place: what runs, then what waits, in that order.

        Only `of`'s own if given. At most the first thousand.
        """

        def work(db: Connection) -> tuple[list[Row], list[Row]]:
            asked = {"guild_id": guild_id, "requester_id": of or 0}
            orders = _SQL.all(db, "guild_queue", limit=_LISTED, **asked)
            last = orders[-1]["place"] if orders else 0
            return orders, _SQL.all(db, "generations_of_guild_queue", last=last, **asked)

        orders, rows = await self._db.read(work)
        generations: defaultdict[str, list[Row]] = defaultdict(list)
        for row in rows:
            generations[row["order_id"]].append(row)
        # One that ended between the two statements is in the first alone.
        return [
            (order["place"], to_record(order, generations[order["id"]])) for order in orders if generations[order["id"]]
        ]

    async def look(self, guild_id: GuildId, member: UserId, at: datetime) -> tuple[Checked, Account]:
        """The guild's rules, what counts towards its limits and the member's, and who pays: one read transaction."""
        return await self._db.read(lambda db: (self._checked(db, guild_id, member, at), account_of(db, guild_id)))

    async def to_send(self) -> list[ToSend]:
        """Orders not yet sent, soonest first."""
        rows = await self._db.read(_SQL.rows("orders_to_send", limit=_BATCH))
        return [
            ToSend(OrderId(row["id"]), from_millis(row["send_due_at"]), with_files=bool(row["with_files"]))
            for row in rows
        ]

    async def mark_sending(self, order_id: OrderId, now: datetime) -> OrderRecord | None:
        """Commits that the POST is about to leave; None when nothing of the order is left to send.

        Generations that somebody cancelled meanwhile end here, unsent and unpaid. So do all of them when a budget is
        exceeded, by a charge above what was set aside for it. The record returned holds only those that are to be sent.
        """

        def work(tx: Connection) -> OrderRecord | None:
            before = _SQL.one(tx, "about_to_be_sent", id=order_id)
            if before is None:
                raise LookupError(order_id)
            if before["unwanted"]:
                self._settlement.cancel_unsent(tx, order_id, now)
            if self._exceeds_a_budget(tx, before):
                for generation in self._record(tx, order_id).generations:
                    if generation.state is State.INTENDED:
                        outcome = Outcome(state=State.FAILED, reason=Reason.BUDGET)
                        self._settlement.settle(tx, generation.id, outcome, now)
                return None
            if not self._settlement.slots.leave(tx, order_id):
                return None
            sending = _SQL.all(tx, "generations_to_sending", order_id=order_id)
            if not sending:
                return None
            row = _SQL.one(tx, "stamp_sending", id=order_id, now=to_millis(now), process=self._db.process)
            if row is None:
                raise LookupError(order_id)
            if row["compared_in"] is not None:  # the card is that of the first order
                self._touch(tx, order_id, now)
            sending.sort(key=lambda each: each["ordinal"])
            return to_record(row, sending, count=before["outputs"])

        return await self._db.write(work, Owner("order", order_id))

    async def postpone(self, order_id: OrderId, due: datetime, now: datetime) -> None:
        """The POST surely had no effect: it may leave again at `due`."""

        def work(tx: Connection) -> None:
            if _SQL.run(tx, "generations_back_to_intended", order_id=order_id):
                self._settlement.slots.come_back(tx, order_id, now)
            _SQL.run(tx, "postpone_sending", id=order_id, due=to_millis(due))
            self._touch(tx, order_id, now)

        await self._db.write(work, Owner("order", order_id))

    async def lose(self, order_id: OrderId, now: datetime) -> None:
        """The answer to the POST is lost: the order has to be looked up."""

        def work(tx: Connection) -> None:
            if _SQL.run(tx, "generations_to_unknown", order_id=order_id):
                self._touch(tx, order_id, now)

        await self._db.write(work, Owner("order", order_id))

    async def recover(self, now: datetime) -> int:
        """What a process was sending that is not there any more is unknown. Returns how many orders."""
        rows = await self._db.read(lambda db: _SQL.all(db, "orders_left_sending", process=self._db.process))
        for row in rows:
            await self.lose(OrderId(row["id"]), now)
        return len(rows)

    async def unknown(self) -> list[tuple[OrderId, datetime]]:
        """Orders whose answer was lost, each with the moment it was sent."""
        rows = await self._db.read(lambda db: _SQL.all(db, "orders_unknown"))
        return [(OrderId(row["id"]), from_millis(row["sent_at"])) for row in rows]

    async def owned(self, since: datetime, provider: ProviderName = OXEN) -> set[RemoteId]:
        """The provider's ids that belong to orders made after `since`."""
        rows = await self._db.read(
            lambda db: _SQL.all(db, "owned_remote_ids", since=to_millis(since), provider=provider)
        )
        return {RemoteId(row["remote_id"]) for row in rows}

    async def adopt(
        self, order_id: OrderId, remote_ids: Sequence[RemoteId], now: datetime, *, complete: bool
    ) -> Adopted:
        """Stores the provider's ids, each for one generation.

        An id that occurs twice, or that a generation has already, is nobody else's: it is passed over. When the ids
        are `complete`, generations beyond them were not accepted, and fail; one whose id was passed over was
        accepted under an id that is not known, and has to be looked up.
        """

        def work(tx: Connection) -> Adopted:
            rows = _SQL.all(tx, "generations_of_order", order_id=order_id)
            nameless = [row for row in rows if row["state"] in (State.SENDING, State.UNKNOWN)]
            adopted: list[RemoteId] = []
            for remote_id in dict.fromkeys(remote_ids):
                if len(adopted) == len(nameless):
                    break
                named = {"id": nameless[len(adopted)]["id"], "remote_id": remote_id, "now": to_millis(now)}
                if _SQL.one(tx, "adopt_generation", **named) is not None:
                    adopted.append(remote_id)
            if complete and len(adopted) < len(nameless):
                for row in nameless[len(remote_ids) :]:
                    self._settlement.settle(tx, row["id"], Outcome(state=State.FAILED, reason=Reason.SHORT), now)
                _SQL.run(tx, "generations_to_unknown", order_id=order_id)
            self._touch(tx, order_id, now)
            to_cancel = any(row["cancel_requested_at"] is not None for row in nameless[: len(adopted)])
            return Adopted(adopted, to_cancel)

        return await self._db.write(work, Owner("order", order_id))

    async def fail_unsent(self, order_id: OrderId, outcome: Outcome, now: datetime) -> None:
        """Ends what the provider did not accept: `failed` before or at the POST, `absent` after a search."""

        def work(tx: Connection) -> None:
            record = self._record(tx, order_id)
            for generation in record.generations:
                if generation.remote_id is None and not generation.state.ended:
                    self._settlement.settle(tx, generation.id, outcome, now)

        await self._db.write(work, Owner("order", order_id))

    async def stale_cards(self, beside: int = 0) -> list[StaleCard]:
        """Orders whose card shows less than the rows know, as far as they are told; soonest first.

        100 at most, and `beside`: so many are shown of which the rows were not told yet.
        """
        rows = await self._db.read(_SQL.rows("stale_cards", limit=_BATCH + beside, **of_shards(self._db)))
        return [StaleCard(OrderId(row["id"]), from_millis(row["card_due_at"]), row["revision"]) for row in rows]

    async def sending(self) -> list[Sending]:
        """The orders that are on their way to the provider right now, each with the attempt that is."""
        rows = await self._db.read(lambda db: _SQL.all(db, "orders_sending"))
        return [(OrderId(row["id"]), row["send_attempts"]) for row in rows]

    def card_shown(self, order_id: OrderId, revision: int, due: datetime) -> None:
        """The card shows the order as it was at `revision`; it is not redrawn again before `due`.

        The row knows that when something else is written.
        """
        change = _SQL.change("card_shown", id=order_id, revision=revision, due=to_millis(due))
        self._db.write_later(change)

    async def redraw(self, order_ids: Sequence[OrderId], now: datetime) -> None:
        """The cards of these orders are to be drawn again, though nothing in their rows has changed."""

        def work(tx: Connection) -> None:
            for order_id in order_ids:
                self._touch(tx, order_id, now)

        await self._db.write(work)

    async def postpone_card(self, order_id: OrderId, due: datetime) -> None:
        """Redraw the card no sooner than `due`."""
        await self._db.write(
            lambda tx: _SQL.run(tx, "postpone_card", id=order_id, due=to_millis(due)), Owner("order", order_id)
        )

    def _checked(self, db: Connection, guild_id: GuildId, member: UserId, at: datetime) -> Checked:
        policy = policy_of(db, guild_id, self._standard)
        standing = self._settlement.balances.standing(db, guild_id, member, policy, at)
        queue = self._settlement.slots.state(db, guild_id, member)
        return Checked(policy=policy, standing=replace(standing, member_in_flight=queue.of_member), queue=queue)

    def _exceeds_a_budget(self, db: Connection, order: Row) -> bool:
        """Whether more is spent and set aside than the guild has, in the day or the month of the order."""
        policy = load_policy(order["content"], self._standard) if order["content"] is not None else self._standard
        if policy.day_budget is None and policy.month_budget is None:
            return False
        who, at = (order["guild_id"], order["requester_id"]), from_millis(order["created_at"])
        standing = self._settlement.balances.standing(db, *who, policy, at)
        day, month = (policy.day_budget, standing.guild_day), (policy.month_budget, standing.guild_month)
        return any(budget is not None and spent > budget for budget, spent in (day, month))

    def _insert(self, tx: Connection, order: Order, estimate: Estimate, admitted_at: int | None) -> Row:
        context, validated = order.context, order.request
        row = _SQL.one(
            tx,
            "insert_order",
            id=order.id,
            guild_id=context.guild_id,
            channel_id=context.channel_id,
            card_message_id=context.card_message_id,
            requester_id=context.requester_id,
            locale=context.locale,
            kind=validated.kind,
            model_id=validated.model_id,
            model_name=validated.model_name,
            prompt=validated.prompt,
            parameters=json.dumps(dict(validated.parameters)),
            inputs=dump_inputs(validated.inputs),
            spoiler=int(validated.spoiler),
            proper=dump_proper(validated.proper),
            provider=order.payer.provider,
            key_id=order.payer.key,
            namespace=order.payer.namespace,
            repeat_of=order.repeat_of,
            compared_in=order.compared_in,
            parent_id=validated.parent,
            defaults=json.dumps(dict(validated.defaults)),
            quote_micro_usd=to_micro(estimate.reserve),
            shown_micro_usd=to_micro(estimate.usd),
            estimate_source=estimate.source,
            estimate_samples=estimate.samples,
            cost_drivers=estimate.drivers,
            created_at=to_millis(order.created_at),
            admitted_at=admitted_at,
            card_due_at=to_millis(order.created_at + FIRST_CARD),
            reviewed=int(order.reviewed),
        )
        if row is None:
            raise LookupError(order.id)
        return row

    def _touch(self, tx: Connection, order_id: OrderId, now: datetime) -> None:
        _SQL.run(tx, "touch_order", id=order_id, now=to_millis(now))

    def _told(self, db: Connection, order: Row) -> OrderRecord:
        """With what the channel and the ledger have of it; without those that it is compared with."""
        order_id = order["id"]
        rows = _SQL.all(db, "generations_of_order", order_id=order_id)
        record = replace(
            to_record(order, rows),
            untold=frozenset(GenerationId(row["id"]) for row in rows if row["untold"]),
            told={GenerationId(row["id"]): MessageId(row["told_by"]) for row in rows if row["told_by"] is not None},
            reviews={GenerationId(row["id"]): Review(row["review"]) for row in rows if row["review"] is not None},
        )
        row = _SQL.one(db, "booked", order_id=order_id) if record.ended else None
        if row is None:
            return record
        booked = Booked(
            charged=from_micro(row["charged"]) if row["charged"] is not None else None,
            told=not row["untold"],
            unclear=from_micro(row["unclear"]) if row["unclear"] is not None else None,
            unknown=bool(row["unknown"]),
        )
        return replace(record, booked=booked)

    def _record(self, db: Connection, order_id: OrderId) -> OrderRecord:
        row = _SQL.one(db, "order_by_id", id=order_id)
        if row is None:
            raise LookupError(order_id)
        generations = _SQL.all(db, "generations_of_order", order_id=order_id)
        return to_record(row, generations)
