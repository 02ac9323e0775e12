"""The one way in which a generation ends: guarded, with its entries in the ledger, its post and its place in the queue.

Works inside a transaction that a repository has opened, so that no end can be stored without the others.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.domain.clock import to_millis
from bot.domain.ids import GenerationId, GuildId, OrderId, RemoteId
from bot.domain.orders.generation import MAY_HAVE_BEEN_MADE, GenerationState, Outcome, result_mark
from bot.domain.rules.policy import STANDARD, GuildPolicy
from bot.store.statements import Connection, Row, Statements
from bot.store.wallet.ledger import Balances
from bot.store.wallet.queueing import QueueSlots

_ORDERS = Statements("orders")
_GENERATIONS = Statements("generations")
_POSTS = Statements("posts")
_LEDGER = Statements("ledger")
_SIDE_BY_SIDE = timedelta(minutes=10)  # for which compared results wait for each other


class Settled(NamedTuple):
    """A generation of that guild was ended. `moved_on`: its queue has others to send now. `kind`: video or image."""

    guild_id: GuildId
    moved_on: bool
    kind: str


class Settlement:
    """`grace` is how long a finished output waits for the others of its order before it is posted.

    `standard` holds for what a guild has said nothing about.
    """

    def __init__(self, new_id: Callable[[], str], grace: timedelta, standard: GuildPolicy = STANDARD) -> None:
        self.slots = QueueSlots(standard)
        self.balances = Balances(standard)
        self._new_id = new_id
        self._grace = grace

    def settle(self, tx: Connection, generation_id: GenerationId, outcome: Outcome, now: datetime) -> Settled | None:
        """Ends the generation. None: somebody else was first, and nothing changed."""
        row = _GENERATIONS.one(
            tx,
            "settle",
            id=generation_id,
            state=outcome.state,
            now=to_millis(now),
            result_url=outcome.result_url,
            reason=outcome.reason,
            detail=outcome.detail,
            mark=_mark(outcome.result_url),
            unconfirmed_since=to_millis(now) if outcome.by_event else None,
        )
        if row is None:
            return None
        moved_on = self._over(tx, generation_id, row, now, outcome)
        return Settled(GuildId(row["guild_id"]), moved_on, row["kind"])

    def settle_late(
        self,
        tx: Connection,
        generation_id: GenerationId,
        result_url: str | None,
        remote_id: RemoteId | None,
        now: datetime,
        *,
        by_event: bool = False,
    ) -> bool:
        """What was given up has been made after all: charged, and owed a message of its own, once.

        A first message that is held says nothing of it any more. False: nobody gave it up, its first message is still
        on its way, or the `remote_id` is another's.
        """
        row = _GENERATIONS.one(
            tx,
            "settle_late",
            id=generation_id,
            result_url=result_url,
            remote_id=remote_id,
            now=to_millis(now),
            mark=_mark(result_url),
            unconfirmed_since=to_millis(now) if by_event else None,
        )
        if row is None:
            return False
        order_id = OrderId(row["order_id"])
        entry = {"generation_id": generation_id, "now": to_millis(now)}
        charged = _LEDGER.value(tx, "charge", **entry)
        self._tally(tx, order_id, charged, _LEDGER.value(tx, "clear", **entry))
        told_in = row["compared_in"] or order_id
        _POSTS.run(tx, "dead_letter_empty", order_id=told_in, now=to_millis(now))
        left = _GENERATIONS.value(tx, "unfinished_count", order_id=told_in)
        self._owe_a_post(tx, row, left, now)
        return True

    def clarify(self, tx: Connection, generation_id: GenerationId, now: datetime) -> bool:
        """What was given up has come to nothing and cost nothing. False: nobody gave it up, or it is known already."""
        row = _GENERATIONS.one(tx, "clarify", id=generation_id, now=to_millis(now))
        if row is None:
            return False
        order_id = OrderId(row["order_id"])
        cleared = _LEDGER.value(tx, "clear", generation_id=generation_id, now=to_millis(now))
        self._tally(tx, order_id, cleared)
        _ORDERS.run(tx, "touch_order", id=order_id, now=to_millis(now))
        return True

    def cancel_unsent(self, tx: Connection, order_id: OrderId, now: datetime) -> None:
        """Ends the generations of the order that were cancelled before anything of them was sent."""
        for row in _GENERATIONS.all(tx, "cancel_unsent", order_id=order_id, now=to_millis(now)):
            self._over(tx, GenerationId(row["id"]), row, now, Outcome(state=GenerationState.CANCELLED))

    def _over(
        self,
        tx: Connection,
        generation_id: GenerationId,
        ended: Row,
        now: datetime,
        outcome: Outcome,
    ) -> bool:
        order_id = OrderId(ended["order_id"])
        # A success is charged by its quote until the provider tells its price. What may have been made stays booked as
        # unclear, and counts towards budgets. Whatever it was, its reservation is released.
        entry = {"generation_id": generation_id, "now": to_millis(now)}
        succeeded = outcome.state is GenerationState.SUCCEEDED
        if succeeded or outcome.reason in MAY_HAVE_BEEN_MADE:
            rows = _LEDGER.all(tx, "turn_into", kind="charge" if succeeded else "unclear", **entry)
        else:
            rows = _LEDGER.all(tx, "release", **entry)
        self._tally(tx, order_id, *(row["micro_usd"] for row in rows))
        left, moved_on = self.slots.one_over(tx, order_id, now)
        self._owe_a_post(tx, ended, left, now)
        return moved_on

    def _tally(self, tx: Connection, order_id: OrderId, *amounts: int | None) -> None:
        """The entries of these amounts (micro-USD) count in the quarter hour of their order."""
        micro = sum(amount or 0 for amount in amounts)
        if micro:
            _LEDGER.run(tx, "tally", order_id=order_id, micro_usd=micro, orders=0)

    def _owe_a_post(self, tx: Connection, ended: Row, left: int, now: datetime) -> None:
        """The channel is to hear of an output that has `ended`, with the others of its order (so many are `left`) or
        those that it is compared with.
        """
        order_id, compared_in, wait = ended["order_id"], ended["compared_in"], self._grace
        if compared_in is not None:
            order_id, wait = compared_in, _SIDE_BY_SIDE
            left = _GENERATIONS.value(tx, "unfinished_count", order_id=order_id)
        due = to_millis(now + wait if left else now)
        if _POSTS.one(tx, "insert_post", id=self._new_id(), order_id=order_id, due=due) is None:
            _POSTS.run(tx, "hasten_post", order_id=order_id, due=due)
        _ORDERS.run(tx, "touch_order", id=order_id, now=to_millis(now))


def _mark(result_url: str | None) -> int | None:
    return result_mark(result_url) if result_url is not None else None
