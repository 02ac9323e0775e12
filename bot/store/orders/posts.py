"""The outbox: messages that channels are owed. Each method is one transaction."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from bot.domain.clock import from_millis, to_millis
from bot.domain.ids import ChannelId, GuildId, MessageId, OrderId, PostId, short
from bot.domain.orders.order import MessagePlace, Order, Post, Review
from bot.domain.records.guild_log import Act
from bot.domain.rules.policy import STANDARD, GuildPolicy
from bot.store.database import Database, Owner, of_shards
from bot.store.records.guild_log import owe, record
from bot.store.rows import policy_of, to_generation, to_order
from bot.store.statements import Connection, Statements

_SQL = Statements("posts")
_ORDERS = Statements("orders")
_BATCH = 100
UNTOLD = "untold"  # the kind of notice: a result that nobody could be told of


class Delivered(NamedTuple):
    """A post was delivered. `untidy`: meanwhile somebody wants its message otherwise."""

    untidy: bool


class Posts:
    """`standard` holds for what a guild has said nothing about."""

    def __init__(self, db: Database, standard: GuildPolicy = STANDARD) -> None:
        self._db = db
        self._standard = standard

    async def open(self) -> list[tuple[PostId, datetime]]:
        """Posts not yet delivered, each with the moment from which to try, soonest first; not what moderators see."""
        rows = await self._db.read(_SQL.rows("posts_open", limit=_BATCH, **of_shards(self._db)))
        return [(PostId(row["id"]), from_millis(row["due_at"])) for row in rows]

    async def claim(self, post_id: PostId, now: datetime) -> Post | None:
        """Counts an attempt and settles what the post says; None when it is over already."""

        def work(tx: Connection) -> Post | None:
            row = _SQL.one(tx, "claim_post", id=post_id, now=to_millis(now))
            if row is None:
                return None
            order_id = OrderId(row["order_id"])
            if row["attempts"] == 1:
                _SQL.run(tx, "take_generations", post_id=post_id, order_id=order_id)
            order_row = _ORDERS.one(tx, "order_by_id", id=order_id)
            if order_row is None:
                raise LookupError(order_id)
            others = _ORDERS.all(tx, "compared_with", id=order_id) if order_row["compared_in"] is not None else []
            orders = [order_row, *others]
            outputs = [_ORDERS.all(tx, "generations_of_order", order_id=each["id"]) for each in orders]
            all_orders = [to_order(each, len(rows)) for each, rows in zip(orders, outputs, strict=True)]
            guild_id, question = all_orders[0].context.guild_id, row["review_message_id"]
            return Post(
                id=post_id,
                order=all_orders[0],
                part=row["part"],
                generations=[to_generation(each) for rows in outputs for each in rows if each["post_id"] == post_id],
                attempt=row["attempts"],
                first_attempt_at=from_millis(row["first_attempt_at"]),
                direct=row["direct_at"] is not None,
                review=Review(row["review"]) if row["review"] is not None else None,
                asked_at=from_millis(row["review_asked_at"]) if row["review_asked_at"] is not None else None,
                question=MessagePlace(
                    guild_id=guild_id, channel_id=ChannelId(row["review_channel_id"]), message_id=MessageId(question)
                )
                if question is not None
                else None,
                compared=all_orders if others else (),
            )

        return await self._db.write(work, Owner("post", post_id))

    async def ask(self, post: Post, now: datetime) -> None:
        """The card says from now on that the post waits for a moderator's yes."""

        def work(tx: Connection) -> None:
            if _SQL.one(tx, "ask_for_review", id=post.id, now=to_millis(now)) is not None:
                _ORDERS.run(tx, "touch_order", id=post.order.id, now=to_millis(now))

        await self._db.write(work, Owner("post", post.id))

    async def asked(self, post: Post, question: MessagePlace) -> None:
        """Moderators see the question. It may be over by now."""
        where = {"channel_id": question.channel_id, "message_id": question.message_id}
        await self._db.write(lambda tx: _SQL.run(tx, "question_posted", id=post.id, **where), Owner("post", post.id))

    async def decide(self, post_id: PostId, review: Review, now: datetime, act: Act | None = None) -> bool:
        """What has become of the question; `act`: of a moderator. False: it was answered already, or is over."""

        def work(tx: Connection) -> bool:
            row = _SQL.one(tx, "decide_review", id=post_id, review=review, now=to_millis(now))
            if row is None:
                return False
            _ORDERS.run(tx, "touch_order", id=row["order_id"], now=to_millis(now))
            if act is not None:
                record(tx, act, now, told=policy_of(tx, act.guild_id, self._standard).acts_told)
            return True

        return await self._db.write(work, Owner("post", post_id))

    async def order_of(self, post_id: PostId) -> Order | None:
        """The order that the post is about."""

        def work(db: Connection) -> Order | None:
            row = _SQL.one(db, "order_of_post", id=post_id)
            return to_order(row, row["outputs"]) if row is not None else None

        return await self._db.read(work)

    async def discard(self, post: Post, now: datetime) -> None:
        """Its order is deleted: it is told nowhere."""
        owner = Owner("post", post.id)
        await self._db.write(lambda tx: _SQL.run(tx, "discard", id=post.id, now=to_millis(now)), owner)

    async def delivered(
        self, post_id: PostId, message_id: MessageId, now: datetime, *, covered: bool | None = None
    ) -> Delivered | None:
        """Somebody has it, as `message_id`; the card has to change, for it links there. None: it was known already.

        `covered`: whether the message shows its files so, where that is known.
        """

        def work(tx: Connection) -> Delivered | None:
            row = _SQL.one(tx, "delivered", id=post_id, message_id=message_id, now=to_millis(now))
            if row is None:
                return None
            shown = int(covered) if covered is not None else None
            told = _SQL.one(tx, "told_order", id=row["order_id"], covered=shown, now=to_millis(now))
            return Delivered(untidy=told is not None and told["tidy_due_at"] is not None)

        return await self._db.write(work, Owner("post", post_id))

    async def hold(self, post_id: PostId, due: datetime, now: datetime, *, refused: bool) -> bool:
        """Nobody could be told yet: the order's card and the log channel are to say so. Try again no sooner than `due`.

        `refused`: surely no direct message was sent. Whether it is held for the first time.
        """

        def work(tx: Connection) -> bool:
            _SQL.run(tx, "postpone_post", id=post_id, due=to_millis(due))
            if refused:
                _SQL.run(tx, "not_direct", id=post_id)
            row = _SQL.one(tx, "hold_post", id=post_id, now=to_millis(now))
            if row is not None:
                self._own_up(tx, post_id, OrderId(row["order_id"]), now)
            return row is not None

        return await self._db.write(work, Owner("post", post_id))

    async def dead_letter(self, post_id: PostId, because: str, now: datetime) -> None:
        """It is given up, `because`: the order's card and the log channel say where the result is."""

        def work(tx: Connection) -> None:
            row = _SQL.one(tx, "dead_letter", id=post_id, because=because, now=to_millis(now))
            if row is not None:
                self._own_up(tx, post_id, OrderId(row["order_id"]), now)

        await self._db.write(work, Owner("post", post_id))

    def _own_up(self, tx: Connection, post_id: PostId, order_id: OrderId, now: datetime) -> None:
        order = _ORDERS.one(tx, "order_by_id", id=order_id)
        if order is None:
            raise LookupError(order_id)
        _ORDERS.run(tx, "touch_order", id=order_id, now=to_millis(now))
        before = _SQL.one(tx, "held_before", order_id=order_id, id=post_id)
        told = before["id"] if before is not None else post_id  # the log channel has heard of these outputs once
        where = {"order": short(order_id), "channel": str(order["channel_id"])}
        owe(tx, GuildId(order["guild_id"]), UNTOLD, f"{UNTOLD}:{told}", where, now)

    async def going_direct(self, post_id: PostId, now: datetime) -> None:
        """A direct message about it is about to leave."""
        await self._db.write(
            lambda tx: _SQL.run(tx, "going_direct", id=post_id, now=to_millis(now)), Owner("post", post_id)
        )

    async def hasten_held(self, guilds: Collection[GuildId], now: datetime) -> set[GuildId]:
        """What is held in these guilds is due now; in which of them there was something."""
        held = await self._db.read(_SQL.rows("held_posts", now=to_millis(now)))
        rows = [row for row in held if row["guild_id"] in guilds]
        if not rows:
            return set()

        def work(tx: Connection) -> None:
            for row in rows:
                _SQL.run(tx, "hasten_held_post", id=row["id"], due=to_millis(now))

        await self._db.write(work)
        return {GuildId(row["guild_id"]) for row in rows}

    async def postpone(self, post_id: PostId, due: datetime) -> None:
        """Try again no sooner than `due`."""
        await self._db.write(
            lambda tx: _SQL.run(tx, "postpone_post", id=post_id, due=to_millis(due)), Owner("post", post_id)
        )
