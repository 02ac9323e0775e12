"""Stars on results, and what is shown in showcases because of them. Each method is one transaction.

The functions below work inside a transaction that somebody has opened: whoever takes away stars, or a result.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.clock import from_millis, to_millis
from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, GenerationId, GuildId, MessageId, OrderId, UserId
from bot.domain.orders.generation import GenerationState
from bot.domain.records.guild_log import Act, ActKind
from bot.domain.records.stars import Best, Showpiece
from bot.domain.rules.periods import Period
from bot.domain.rules.policy import GuildPolicy
from bot.store.database import Database, Owner, of_shards
from bot.store.records.guild_log import record
from bot.store.rows import policy_of, to_generation, to_order
from bot.store.statements import Connection, Row, Statements

_SQL = Statements("stars")
_ORDERS = Statements("orders")
_REPORTS = Statements("reports")
_BATCH = 100
HIDDEN, DELETED, FORGOTTEN = "hidden", "deleted", "forgotten"  # why a result leaves the showcase


class Stars:
    """`standard` holds for what a guild has said nothing about."""

    def __init__(self, db: Database, standard: GuildPolicy) -> None:
        self._db = db
        self._standard = standard

    async def press(
        self, guild_id: GuildId, output: GenerationId, user_id: UserId, now: datetime, same: timedelta
    ) -> int:
        """Gives the member's star, or takes it back unless it was given within `same`; how many there are then.

        Raises `Refusal` for what is no result of the guild, and for whoever is banned there and would give one.
        """

        def work(tx: Connection) -> int:
            row = _SQL.one(tx, "output_in_guild", id=output, guild_id=guild_id)
            if row is None or row["state"] != GenerationState.SUCCEEDED:
                raise Refusal("link-unknown")
            if row["deleted_at"] is not None:
                raise Refusal("result-deleted")
            policy = policy_of(tx, guild_id, self._standard)
            whose = {"id": output, "user_id": user_id}
            given = _SQL.value(tx, "star_of", **whose)
            if given is None:
                if user_id in policy.banned:
                    raise Refusal("star-banned")
                _SQL.run(tx, "give_star", guild_id=guild_id, now=to_millis(now), **whose)
            elif timedelta() <= now - from_millis(given) < same:  # the same press once more
                return _count(tx, output)
            else:
                _SQL.run(tx, "take_star", guild_id=guild_id, **whose)
            others = changed(tx, output)
            if policy.showcase_channel is not None and others >= policy.showcase_stars:
                _SQL.run(tx, "want_shown", id=output, guild_id=guild_id, now=to_millis(now))
            return _count(tx, output)

        return await self._db.write(work, of=Owner("guild", guild_id))

    async def count(self, output: GenerationId) -> int:
        """How many stars it has."""
        return await self._db.read(lambda db: _count(db, output))

    async def take_back(self, guild_id: GuildId, output: GenerationId, user_id: UserId) -> bool:
        """Whether the member had starred it."""

        def work(tx: Connection) -> bool:
            taken = _SQL.run(tx, "take_star", id=output, user_id=user_id, guild_id=guild_id)
            if taken:
                changed(tx, output)
            return bool(taken)

        return await self._db.write(work, of=Owner("guild", guild_id))

    async def count_of(self, guild_id: GuildId, user_id: UserId) -> int:
        """How many results the member has starred in the guild."""
        found: int = await self._db.read(lambda db: _SQL.value(db, "count_starred", guild_id=guild_id, user_id=user_id))
        return found

    async def of(
        self, guild_id: GuildId, user_id: UserId, *, skipped: int, limit: int
    ) -> Sequence[tuple[GenerationId, OrderId, int]]:
        """Some of what the member has starred in the guild, the latest first: output, order, how many stars it has."""
        asked = {"guild_id": guild_id, "user_id": user_id, "skipped": skipped, "limit": limit}
        rows = await self._db.read(lambda db: _SQL.all(db, "starred_by", **asked))
        return [(GenerationId(row["generation_id"]), OrderId(row["order_id"]), row["stars"]) for row in rows]

    async def best(self, guild_id: GuildId, period: Period, limit: int) -> Sequence[Best]:
        """What got most stars in the period from members who did not order it, the most first."""
        asked = {"guild_id": guild_id, "start": to_millis(period.start), "end": to_millis(period.end), "limit": limit}
        rows = await self._db.read_long(lambda db: _SQL.all(db, "best_in", **asked))
        return [
            Best(
                stars=row["stars"],
                model=row["model_name"],
                requester=UserId(row["requester_id"]),
                channel_id=ChannelId(row["channel_id"]),
                message_id=MessageId(row["message_id"]),
            )
            for row in rows
        ]


class ShowcasePosts:
    """The outbox of showcases."""

    def __init__(self, db: Database, standard: GuildPolicy) -> None:
        self._db = db
        self._standard = standard

    async def hide(
        self, guild_id: GuildId, output: GenerationId, user_id: UserId, now: datetime, *, moderator: bool
    ) -> None:
        """The result leaves the showcase for good, or never comes into it.

        Raises `Refusal` for what is no output of the guild, and for whoever neither ordered it nor moderates.
        """

        def work(tx: Connection) -> None:
            row = _SQL.one(tx, "output_in_guild", id=output, guild_id=guild_id)
            if row is None:
                raise Refusal("link-unknown")
            own = row["requester_id"] == user_id
            if not own and not moderator:
                raise Refusal("hide-not-yours")
            out = leave(tx, output, HIDDEN, now)
            out |= bool(_SQL.run(tx, "keep_out", id=output, guild_id=guild_id, because=HIDDEN, now=to_millis(now)))
            if out and not own:
                told = policy_of(tx, guild_id, self._standard).acts_told
                act = Act(guild_id=guild_id, by=user_id, kind=ActKind.HIDDEN_RESULT, subject=output)
                record(tx, act, now, told=told)

        await self._db.write(work, of=Owner("guild", guild_id))

    async def open(self) -> list[tuple[GenerationId, datetime]]:
        """What is to be posted, brought up to date or taken down, each with the moment from which to try."""
        rows = await self._db.read(_SQL.rows("showcase_open", limit=_BATCH, **of_shards(self._db)))
        return [(GenerationId(row["generation_id"]), from_millis(row["due_at"])) for row in rows]

    async def claim(self, output: GenerationId, now: datetime) -> Showpiece | None:
        """Counts an attempt, and settles where it is shown; None when there is nothing to do any more.

        What waits and may not be shown now, because stars were taken back or the guild has no showcase any more, waits
        no longer.
        """

        def work(tx: Connection) -> Showpiece | None:
            channel_id: int | None = None
            waiting = _SQL.one(tx, "showcase_waiting", id=output)
            if waiting is not None:
                policy = policy_of(tx, waiting["guild_id"], self._standard)
                counted = _SQL.one(tx, "stars_of_output", id=output)
                channel_id = policy.showcase_channel
                if channel_id is None or counted is None or counted["others"] < policy.showcase_stars:
                    _SQL.run(tx, "drop_waiting", id=output)
                    return None
            row = _SQL.one(tx, "claim_shown", id=output, channel_id=channel_id, now=to_millis(now))
            return _piece(tx, row) if row is not None else None

        return await self._db.write(work, of=Owner("generation", output))

    async def shown(self, piece: Showpiece, message_id: MessageId, now: datetime, due: datetime) -> None:
        """It is there as `piece` says. The next change is shown no sooner than `due`."""
        moments = {"now": to_millis(now), "due": to_millis(due)}
        row = {"id": piece.output, "message_id": message_id, "revision": piece.revision}
        await self._db.write(_SQL.change("shown", **row, **moments), of=Owner("generation", piece.output))

    async def over(self, piece: Showpiece, because: str) -> None:
        """It is not there, and will not be any more."""
        gone = _SQL.change("showcase_over", id=piece.output, because=because)
        await self._db.write(gone, of=Owner("generation", piece.output))

    async def not_shown(self, piece: Showpiece, because: str) -> None:
        """Its channel does not take it. It may come into another one, unless something of it may be there."""

        def work(tx: Connection) -> None:
            if not _SQL.run(tx, "never_shown", id=piece.output):
                _SQL.run(tx, "showcase_over", id=piece.output, because=because)

        await self._db.write(work, of=Owner("generation", piece.output))

    async def postpone(self, piece: Showpiece, due: datetime) -> None:
        """Try again no sooner than `due`."""
        later = _SQL.change("postpone_shown", id=piece.output, due=to_millis(due))
        await self._db.write(later, of=Owner("generation", piece.output))


def changed(tx: Connection, output: GenerationId) -> int:
    """Within a transaction: the result has other stars than before. How many it has of members who did not order it."""
    _SQL.run(tx, "shows_less", id=output)
    row = _SQL.one(tx, "stars_of_output", id=output)
    return row["others"] if row is not None else 0


def leave(tx: Connection, output: GenerationId, because: str, now: datetime) -> bool:
    """Within a transaction: the result is to leave the showcase for good. Whether it was there or on its way."""
    return bool(_SQL.run(tx, "leave_showcase", id=output, because=because, now=to_millis(now)))


def deleted(tx: Connection, order_id: OrderId, now: datetime) -> None:
    """Within the transaction that deletes what the order made: nobody likes it any more, and the showcase loses it."""
    _SQL.run(tx, "stars_of_order_go", order_id=order_id)
    for row in _SQL.all(tx, "shown_of_order", order_id=order_id):
        leave(tx, row["generation_id"], DELETED, now)


def covered(tx: Connection, order_id: OrderId, now: datetime) -> None:
    """Within the transaction that covers or uncovers it: the showcase shows it otherwise, or not any more."""
    for row in _SQL.all(tx, "shown_of_order", order_id=order_id):
        _SQL.run(tx, "looks_different", id=row["generation_id"], now=to_millis(now))


def _count(db: Connection, output: GenerationId) -> int:
    row = _SQL.one(db, "stars_of_output", id=output)
    return row["stars"] if row is not None else 0


def _piece(tx: Connection, row: Row) -> Showpiece:
    """A row of `showcase_posts`, with what it is about."""
    output = GenerationId(row["generation_id"])
    order_row = _REPORTS.one(tx, "past_order_of", guild_id=row["guild_id"], generation_id=output)
    if order_row is None:
        raise LookupError(output)
    outputs = _ORDERS.all(tx, "generations_of_order", order_id=order_row["id"])
    original = _SQL.value(tx, "message_of_output", id=output)
    message, shown_at = row["message_id"], row["shown_at"]
    return Showpiece(
        generation=to_generation(next(each for each in outputs if each["id"] == output)),
        order=to_order(order_row, len(outputs)),
        original=MessageId(original) if original is not None else None,
        stars=_count(tx, output),
        channel_id=ChannelId(row["channel_id"]),
        message_id=MessageId(message) if message is not None else None,
        because=row["because"],
        revision=row["revision"],
        attempt=row["attempts"],
        first_attempt_at=from_millis(row["first_attempt_at"]),
        shown_at=from_millis(shown_at) if shown_at is not None else None,
    )
