"""The outbox: messages that channels are owed. Each method is one transaction."""

from datetime import datetime

import aiosqlite

from bot.domain.clock import from_millis, to_millis
from bot.domain.ids import MessageId, OrderId, PostId
from bot.domain.orders.post import Post
from bot.store.database import Database
from bot.store.rows import to_generation, to_order
from bot.store.statements import Statements

_BATCH = 100


class Posts:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._sql = Statements("posts")
        self._orders = Statements("orders")

    async def open(self) -> list[tuple[PostId, datetime]]:
        """Posts not yet delivered, each with the moment from which to try, soonest first."""
        rows = await self._db.read(lambda db: self._sql.all(db, "posts_open", limit=_BATCH))
        return [(PostId(row["id"]), from_millis(row["due_at"])) for row in rows]

    async def claim(self, post_id: PostId, now: datetime) -> Post | None:
        """Counts an attempt and settles what the post says; None when it is over already."""

        async def work(tx: aiosqlite.Connection) -> Post | None:
            row = await self._sql.one(tx, "claim_post", id=post_id, now=to_millis(now))
            if row is None:
                return None
            order_id = OrderId(row["order_id"])
            if row["attempts"] == 1:
                await self._sql.run(tx, "take_generations", post_id=post_id, order_id=order_id)
            order_row = await self._orders.one(tx, "order_by_id", id=order_id)
            if order_row is None:
                raise LookupError(order_id)
            count = len(await self._orders.all(tx, "generations_of_order", order_id=order_id))
            generations = await self._sql.all(tx, "generations_of_post", order_id=order_id, post_id=post_id)
            return Post(
                id=post_id,
                order=to_order(order_row, count),
                part=row["part"],
                generations=[to_generation(g) for g in generations],
                attempt=row["attempts"],
                first_attempt_at=from_millis(row["first_attempt_at"]),
            )

        return await self._db.write(work)

    async def delivered(self, post_id: PostId, message_id: MessageId, now: datetime) -> None:
        """The channel has it, as `message_id`."""
        await self._db.write(
            lambda tx: self._sql.one(tx, "delivered", id=post_id, message_id=message_id, now=to_millis(now))
        )

    async def bury(self, post_id: PostId, because: str, now: datetime) -> None:
        """It can never be delivered, `because`."""
        await self._db.write(lambda tx: self._sql.one(tx, "bury", id=post_id, because=because, now=to_millis(now)))

    async def postpone(self, post_id: PostId, due: datetime) -> None:
        """Try again no sooner than `due`."""
        await self._db.write(lambda tx: self._sql.run(tx, "postpone_post", id=post_id, due=to_millis(due)))
