"""Results that are taken back, covered and reported. Each method is one transaction.

A row says how the messages of a result are to be; whoever brings them in line finds it by `tidy_due_at`. Reports of a
result are one case, whose message is kept up to date as a card is.
"""

from datetime import datetime
from typing import NamedTuple

from bot.domain.clock import from_millis, to_millis
from bot.domain.ids import ChannelId, GuildId, MessageId, OrderId, PostId, UserId
from bot.domain.orders.order import MessagePlace, Order
from bot.domain.orders.taking_back import Case, Complaint, Untidy, Verdict
from bot.domain.records.guild_log import Act
from bot.domain.rules.policy import STANDARD, GuildPolicy
from bot.store.database import Database, Owner, of_shards
from bot.store.records import stars
from bot.store.records.guild_log import record
from bot.store.rows import policy_of, to_complaint, to_order
from bot.store.statements import Connection, Row, Statements

_SQL = Statements("takeback")
_ORDERS = Statements("orders")
_BATCH = 100


class ToDo(NamedTuple):
    """Orders whose messages are not as their rows say, and cases whose message says less than the rows: each with the
    moment from which to try. `asked`: posts that wait for a moderator's yes, since then.
    """

    untidy: list[tuple[OrderId, datetime]]
    cases: list[tuple[OrderId, datetime]]
    asked: list[tuple[PostId, datetime]]


class Takebacks:
    """`standard` holds for what a guild has said nothing about."""

    def __init__(self, db: Database, standard: GuildPolicy = STANDARD) -> None:
        self._db = db
        self._standard = standard

    async def delete(self, order: Order, by: UserId, act: Act | None, now: datetime) -> bool:
        """From now on nothing of what the order made is shown; `act` is what the audit log has of it.

        False: that was so already.
        """

        def work(tx: Connection) -> bool:
            if not _SQL.run(tx, "delete_result", id=order.told_in, now=to_millis(now)):
                return False
            _SQL.run(tx, "forget_links", id=order.told_in)
            _SQL.run(tx, "hasten_posts", id=order.told_in, now=to_millis(now))
            stars.deleted(tx, order.told_in, now)
            self._decide(tx, order.told_in, Verdict.DELETED, by, now)
            self._record(tx, act, now)
            return True

        return await self._db.write(work, Owner("order", order.id))

    async def cover(self, order: Order, by: UserId, act: Act | None, now: datetime, *, covered: bool) -> bool:
        """What the order made is shown covered from now on, or not any more. False: so it was, or it is deleted."""

        def work(tx: Connection) -> bool:
            if not _SQL.run(tx, "cover_result", id=order.told_in, covered=int(covered), now=to_millis(now)):
                return False
            stars.covered(tx, order.told_in, now)
            if covered and act is not None:
                self._decide(tx, order.told_in, Verdict.COVERED, by, now)
            self._record(tx, act, now)
            return True

        return await self._db.write(work, Owner("order", order.id))

    async def to_do(self) -> ToDo:
        """What there is to do, each soonest first."""
        mine = of_shards(self._db)

        def work(db: Connection) -> ToDo:
            untidy = _SQL.all(db, "orders_to_tidy", limit=_BATCH, **mine)
            cases = _SQL.all(db, "cases_to_show", limit=_BATCH, **mine)
            questions = _SQL.all(db, "questions_open", limit=_BATCH, **mine)
            return ToDo(
                [(OrderId(row["id"]), from_millis(row["tidy_due_at"])) for row in untidy],
                [(OrderId(row["order_id"]), from_millis(row["due_at"])) for row in cases],
                [(PostId(row["id"]), from_millis(row["review_asked_at"])) for row in questions],
            )

        return await self._db.read(work)

    async def untidy(self, order_id: OrderId) -> Untidy | None:
        """The order with its messages; None when they are as its row says."""

        def work(db: Connection) -> Untidy | None:
            row = _SQL.one(db, "order_to_tidy", id=order_id)
            if row is None:
                return None
            order = self._order(db, row)
            results, card = _results(db, order), order.context.card_message_id
            questions = [
                _place(order, asked["review_message_id"], asked["review_channel_id"])
                for asked in _SQL.all(db, "questions_of", order_id=order_id)
            ]
            return Untidy(
                order=order,
                due=from_millis(row["tidy_due_at"]),
                results=results,
                everything=[*results, *questions, *([_place(order, card)] if card is not None else [])],
            )

        return await self._db.read(work)

    async def removed(self, order_id: OrderId, message_id: MessageId) -> None:
        """The message is gone, whichever of the order's it was."""

        def work(tx: Connection) -> None:
            _SQL.run(tx, "result_removed", order_id=order_id, message_id=message_id)
            _SQL.run(tx, "question_removed", order_id=order_id, message_id=message_id)
            _SQL.run(tx, "card_removed", order_id=order_id, message_id=message_id)

        await self._db.write(work, Owner("order", order_id))

    async def tidied(self, untidy: Untidy) -> None:
        """The messages are as the row said when `untidy` was read."""
        due, owner = to_millis(untidy.due), Owner("order", untidy.order.id)
        await self._db.write(lambda tx: _SQL.run(tx, "tidied", id=untidy.order.id, due=due), owner)

    async def postpone_tidying(self, untidy: Untidy, later: datetime) -> None:
        """Try again no sooner than `later`."""
        values = {"id": untidy.order.id, "due": to_millis(untidy.due), "later": to_millis(later)}
        owner = Owner("order", untidy.order.id)
        await self._db.write(lambda tx: _SQL.run(tx, "postpone_tidying", **values), owner)

    async def complain(self, complaint: Complaint, guild_id: GuildId) -> bool:
        """Opens the case of the result, or adds to it. False: this member has reported it already."""

        def work(tx: Connection) -> bool:
            about = {"order_id": complaint.order_id, "guild_id": guild_id, "now": to_millis(complaint.made_at)}
            said = {"user_id": complaint.by, "reason": complaint.wrong, "words": complaint.words}
            if not _SQL.run(tx, "complain", **about, **said):
                return False
            _SQL.run(tx, "open_case", **about)
            return True

        return await self._db.write(work, Owner("guild", guild_id))

    async def complained(self, guild_id: GuildId, by: UserId, since: datetime) -> int:
        """How many results of the guild the member has reported since then."""
        asked = {"guild_id": guild_id, "user_id": by, "since": to_millis(since)}
        return await self._db.read(lambda db: _SQL.value(db, "complained_since", **asked)) or 0

    async def dismiss(self, order_id: OrderId, act: Act, now: datetime) -> bool:
        """Nothing is wrong with the result. False: there is no open case."""

        def work(tx: Connection) -> bool:
            decided = self._decide(tx, order_id, Verdict.DISMISSED, act.by, now)
            if decided:
                self._record(tx, act, now)
            return decided

        return await self._db.write(work, Owner("order", order_id))

    async def case(self, order_id: OrderId) -> Case | None:
        """The reports of a result as they are now."""

        def work(db: Connection) -> Case | None:
            row = _SQL.one(db, "case_of", order_id=order_id)
            return self._case(db, row) if row is not None else None

        return await self._db.read(work)

    async def claim_case(self, order_id: OrderId) -> Case | None:
        """Counts an attempt to show it; None when what is shown is all there is."""

        def work(tx: Connection) -> Case | None:
            row = _SQL.one(tx, "claim_case", order_id=order_id)
            return self._case(tx, row) if row is not None else None

        return await self._db.write(work, Owner("order", order_id))

    async def case_shown(self, case: Case, shown_as: MessagePlace | None) -> None:
        """The message says what `case` does; None: nobody can be shown it."""
        where = {"channel_id": None, "message_id": None}
        if shown_as is not None:
            where = {"channel_id": shown_as.channel_id, "message_id": shown_as.message_id}
        about, owner = {"order_id": case.order.id, "revision": case.revision}, Owner("order", case.order.id)
        await self._db.write(lambda tx: _SQL.run(tx, "case_shown", **about, **where), owner)

    async def postpone_case(self, order_id: OrderId, due: datetime) -> None:
        """Try again no sooner than `due`."""
        owner = Owner("order", order_id)
        await self._db.write(lambda tx: _SQL.run(tx, "postpone_case", order_id=order_id, due=to_millis(due)), owner)

    def _decide(self, tx: Connection, order_id: OrderId, verdict: Verdict, by: UserId, now: datetime) -> bool:
        decided = {"order_id": order_id, "decided": verdict, "by": by, "now": to_millis(now)}
        return _SQL.one(tx, "decide_case", **decided) is not None

    def _record(self, tx: Connection, act: Act | None, now: datetime) -> None:
        if act is not None:
            record(tx, act, now, told=policy_of(tx, act.guild_id, self._standard).acts_told)

    def _case(self, db: Connection, row: Row) -> Case:
        found = _ORDERS.one(db, "order_by_id", id=row["order_id"])
        if found is None:
            raise LookupError(row["order_id"])
        order = self._order(db, found)
        channel, message, by = row["channel_id"], row["message_id"], row["decided_by"]
        return Case(
            order=order,
            complaints=[to_complaint(one) for one in _SQL.all(db, "complaints_of", order_id=order.id)],
            revision=row["revision"],
            attempt=row["attempts"],
            opened_at=from_millis(row["opened_at"]),
            result=next(iter(_results(db, order)), None),
            shown_as=_place(order, message, channel) if message is not None else None,
            verdict=Verdict(row["decided"]) if row["decided"] is not None else None,
            decided_by=UserId(by) if by is not None else None,
        )

    def _order(self, db: Connection, row: Row) -> Order:
        return to_order(row, len(_ORDERS.all(db, "generations_of_order", order_id=row["id"])))


def _results(db: Connection, order: Order) -> list[MessagePlace]:
    """The messages in which it is shown."""
    rows = _SQL.all(db, "results_of", order_id=order.id)
    return [_place(order, row["message_id"], direct=row["direct_at"] is not None) for row in rows]


def _place(order: Order, message_id: int, channel_id: int | None = None, *, direct: bool = False) -> MessagePlace:
    context = order.context
    return MessagePlace(
        guild_id=context.guild_id,
        channel_id=ChannelId(channel_id) if channel_id is not None else context.channel_id,
        message_id=MessageId(message_id),
        direct_to=context.requester_id if direct else None,
    )
