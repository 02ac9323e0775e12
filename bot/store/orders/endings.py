"""The one way in which a generation ends: guarded, with its message, its money and its place in one transaction.

Works inside a transaction that a repository has opened, so that no ending can be stored without its post.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import aiosqlite

from bot.domain.clock import to_millis
from bot.domain.ids import GenerationId, OrderId, RemoteId
from bot.domain.orders.generation import MAY_HAVE_BEEN_MADE, GenerationState, Outcome
from bot.domain.rules.policy import STANDARD, GuildPolicy
from bot.store.rules import Rules
from bot.store.statements import Statements
from bot.store.wallet.ledger import Balances
from bot.store.wallet.queueing import QueueSlots


class Settlement:
    """`grace` is how long a finished output waits for the others of its order before it is posted.

    `standard` holds for what a guild has said nothing about.
    """

    def __init__(self, new_id: Callable[[], str], grace: timedelta, standard: GuildPolicy = STANDARD) -> None:
        self.rules = Rules(standard)
        self.turns = QueueSlots(self.rules)
        self.books = Balances(self.rules)
        self._new_id = new_id
        self._grace = grace
        self._orders = Statements("orders")
        self._generations = Statements("generations")
        self._posts = Statements("posts")

    async def settle(
        self, tx: aiosqlite.Connection, generation_id: GenerationId, outcome: Outcome, now: datetime
    ) -> bool:
        """Whether this call ended the generation. False: somebody else was first, and nothing changed."""
        row = await self._generations.one(
            tx,
            "settle",
            id=generation_id,
            state=outcome.state,
            now=to_millis(now),
            result_url=outcome.result_url,
            reason=outcome.reason,
            detail=outcome.detail,
        )
        if row is None:
            return False
        await self._over(tx, generation_id, OrderId(row["order_id"]), now, outcome)
        return True

    async def settle_late(
        self,
        tx: aiosqlite.Connection,
        generation_id: GenerationId,
        result_url: str | None,
        remote_id: RemoteId | None,
        now: datetime,
    ) -> bool:
        """What was given up has been made after all: charged, and owed a message of its own, once.

        A first message that is held says nothing of it any more. False: nobody gave it up, its first message is still
        on its way, or the `remote_id` is another's.
        """
        row = await self._generations.one(
            tx, "settle_late", id=generation_id, result_url=result_url, remote_id=remote_id, now=to_millis(now)
        )
        if row is None:
            return False
        order_id = OrderId(row["order_id"])
        await self.books.clear(tx, generation_id, order_id, now, succeeded=True)
        await self._posts.run(tx, "bury_empty", order_id=order_id, now=to_millis(now))
        await self._owe_a_post(tx, order_id, now)
        return True

    async def clarify(self, tx: aiosqlite.Connection, generation_id: GenerationId, now: datetime) -> bool:
        """What was given up has come to nothing and cost nothing. False: nobody gave it up, or it is known already."""
        row = await self._generations.one(tx, "clarify", id=generation_id, now=to_millis(now))
        if row is None:
            return False
        order_id = OrderId(row["order_id"])
        await self.books.clear(tx, generation_id, order_id, now, succeeded=False)
        await self._orders.run(tx, "touch_order", id=order_id, now=to_millis(now))
        return True

    async def cancel_unsent(self, tx: aiosqlite.Connection, order_id: OrderId, now: datetime) -> None:
        """Ends the generations of the order that were cancelled before anything of them was sent."""
        for generation in await self._orders.all(tx, "generations_of_order", order_id=order_id):
            row = await self._generations.one(tx, "cancel_unsent", id=generation["id"], now=to_millis(now))
            if row is not None:
                await self._over(tx, generation["id"], order_id, now, Outcome(state=GenerationState.CANCELLED))

    async def _over(
        self,
        tx: aiosqlite.Connection,
        generation_id: GenerationId,
        order_id: OrderId,
        now: datetime,
        outcome: Outcome,
    ) -> None:
        succeeded = outcome.state is GenerationState.SUCCEEDED
        unclear = outcome.reason in MAY_HAVE_BEEN_MADE and not succeeded
        await self.books.close(tx, generation_id, order_id, now, succeeded=succeeded, unclear=unclear)
        await self.turns.one_over(tx, order_id, now)
        await self._owe_a_post(tx, order_id, now)

    async def _owe_a_post(self, tx: aiosqlite.Connection, order_id: OrderId, now: datetime) -> None:
        left = await self._generations.value(tx, "unfinished_count", order_id=order_id)
        due = now + self._grace if left else now
        if await self._posts.one(tx, "open_post", order_id=order_id) is None:
            await self._posts.run(tx, "insert_post", id=self._new_id(), order_id=order_id, due=to_millis(due))
        else:
            await self._posts.run(tx, "hasten_post", order_id=order_id, due=to_millis(due))
        await self._orders.run(tx, "touch_order", id=order_id, now=to_millis(now))
