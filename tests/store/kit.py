"""What the tests of the store share.

The repositories' tests speak to the database through `Store` and `Look` alone, so that another backend only has
to bring its own `db` and `look` fixtures.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bot.domain.ids import (
    ChannelId,
    GenerationId,
    GuildId,
    IdMaker,
    MessageId,
    ModelId,
    OrderId,
    PostId,
    RemoteId,
    UserId,
)
from bot.domain.models.catalogue import MediaKind
from bot.domain.money import from_micro
from bot.domain.orders.generation import ENDED, GenerationState, Outcome, Reason
from bot.domain.orders.order import Order, OrderRecord, Post, RequestContext, ValidatedRequest
from bot.domain.orders.payer import Payer
from bot.store.database import Database
from bot.store.installation import KeyValues
from bot.store.orders.generations import Generations
from bot.store.orders.orders import Orders
from bot.store.orders.posts import Posts
from bot.store.orders.settlement import Settlement
from bot.store.postgres.database import PostgresDatabase
from bot.store.statements import Statements
from bot.store.wallet.accounts import Guilds
from tests.fakes.orders import at

MIGRATIONS = Path(__file__).parents[2] / "migrations"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
GRACE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)
GUILD, CHANNEL, MEMBER, MODERATOR = GuildId(2**62), ChannelId(2**61), UserId(2**60), UserId(77)

S = GenerationState
Row = dict[str, Any]
MediaInfo = Callable[[str], Awaitable[list[Row]]]
"""All rows of a table, by id."""


@dataclass
class ManualClock:
    moment: datetime = START

    def now(self) -> datetime:
        return self.moment

    def advance(self, by: timedelta) -> datetime:
        self.moment += by
        return self.moment


async def written(db: Database) -> None:
    """Whatever nobody waits for is in the rows: SQLite writes it with the next unit, PostgreSQL beside that."""
    await db.write(lambda _: None)
    while isinstance(db, PostgresDatabase) and db._later:
        await asyncio.wait(db._later)


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What a guild has spent, what is reserved for orders under way, and what may have been charged. USD."""

    spent: Decimal
    reserved: Decimal
    unclear: Decimal = Decimal(0)


async def balance_of(db: Database, guild_id: GuildId) -> Balance:
    """The sums of the guild's entries."""
    query = "SELECT kind, SUM(micro_usd) AS micro_usd FROM entries WHERE guild_id = :guild_id GROUP BY kind"
    rows = await db.read(lambda reader: reader.execute(query, {"guild_id": guild_id}).fetchall())
    sums = Counter({row["kind"]: from_micro(int(row["micro_usd"])) for row in rows})
    return Balance(
        spent=Decimal(sums["charge"] + sums["adjust"]),
        reserved=Decimal(sums["reserve"] + sums["release"]),
        unclear=Decimal(sums["unclear"] + sums["clear"]),
    )


@dataclass
class Store:
    """All repositories on one database, and the short cuts by which a test brings rows into a state."""

    db: Database
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        numbers = count()
        self.new_id: Callable[[], str] = IdMaker(self.clock, lambda _: next(numbers))

        def new_id() -> str:
            return self.new_id()  # a test may put another in its place

        settlement = Settlement(new_id, GRACE)
        self.orders = Orders(self.db, settlement, new_id)
        self.generations = Generations(self.db, settlement)
        self.posts = Posts(self.db)
        self.guilds = Guilds(self.db)
        self.key_values = KeyValues(self.db)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def order(self, outputs: int = 1, **given: Any) -> Order:
        """An order that has not been stored."""
        return Order(
            id=OrderId(self.new_id()),
            context=RequestContext(
                guild_id=given.get("guild", GUILD),
                channel_id=CHANNEL,
                requester_id=given.get("by", MEMBER),
                locale="de",
                card_message_id=given.get("card", MessageId(2**63 - 1)),
            ),
            request=ValidatedRequest(
                kind=given.get("kind", MediaKind.VIDEO),
                model_id=ModelId("kling"),
                model_name="Kling",
                prompt=given.get("prompt", "a fox"),
                parameters=given.get("parameters", {}),
                count=outputs,
                inputs=given.get("inputs", ()),
                estimate=given.get("estimate", at("0.35")),
            ),
            payer=Payer(key=given.get("key"), namespace=given.get("namespace", "ox")),
            created_at=given.get("created_at", self.now),
        )

    async def accepted(self, outputs: int = 1, **given: Any) -> OrderRecord:
        return await self.orders.accept(self.order(outputs, **given))

    async def sending(self, outputs: int = 1, **given: Any) -> OrderRecord:
        record = await self.accepted(outputs, **given)
        sent = await self.orders.mark_sending(record.order.id, self.now)
        assert sent is not None
        return sent

    async def queued(self, outputs: int = 1, **given: Any) -> OrderRecord:
        order_id = (await self.sending(outputs, **given)).order.id
        remote = [RemoteId(f"remote-{order_id}-{n}") for n in range(outputs)]
        await self.orders.adopt(order_id, remote, self.now, complete=True)
        return await self.record(order_id)

    async def in_state(self, state: GenerationState, outputs: int = 1, **given: Any) -> OrderRecord:
        """An order all of whose generations are in `state`."""
        if state is S.INTENDED:
            return await self.accepted(outputs, **given)
        if state in (S.SENDING, S.UNKNOWN, S.ABSENT):
            order_id = (await self.sending(outputs, **given)).order.id
            if state is not S.SENDING:
                await self.orders.lose(order_id, self.now)
            if state is S.ABSENT:
                await self.orders.fail_unsent(order_id, Outcome(state=S.ABSENT, reason=Reason.ABSENT), self.now)
            return await self.record(order_id)
        record = await self.queued(outputs, **given)
        for generation in record.generations:
            if state is S.PROCESSING:
                await self.generations.start(generation.id, self.now, self.now)
            elif state.ended:
                await self.generations.settle(generation.id, Outcome(state=state), self.now)
        return await self.record(record.order.id)

    async def given_up(
        self, state: GenerationState, reason: Reason, *, told: bool = True, post_over: Post | None = None
    ) -> OrderRecord:
        """An order in `state` that ended, if it did, for `reason`; its message was delivered if it is `told`."""
        if post_over is not None:
            await self.posts.delivered(post_over.id, MessageId(8), self.now)
        if state not in ENDED:
            return await self.in_state(state)
        record = await self.in_state(S.UNKNOWN) if state is S.ABSENT else await self.queued()
        outcome = Outcome(state=state, reason=reason)
        for generation in record.generations:
            assert await self.generations.settle(generation.id, outcome, self.now)
        if told:
            await self.posts.delivered((await self.claimed()).id, MessageId(7), self.now)
        return await self.record(record.order.id)

    async def record(self, order_id: OrderId) -> OrderRecord:
        record = await self.orders.get(order_id)
        assert record is not None
        return record

    async def stale(self) -> list[tuple[OrderId, datetime]]:
        """The cards that show less than their rows know, and from when to redraw each."""
        return [(card.id, card.due) for card in await self.orders.stale_cards()]

    async def drawn(self, order_id: OrderId, revision: int, due: datetime) -> None:
        """The order's card shows `revision`, and its row knows that."""
        self.orders.card_shown(order_id, revision, due)
        await written(self.db)

    async def states(self, order_id: OrderId) -> list[GenerationState]:
        return [g.state for g in (await self.record(order_id)).generations]

    async def succeed(self, generation_id: GenerationId) -> bool:
        outcome = Outcome(state=S.SUCCEEDED, result_url="https://results.example/1.mp4")
        return await self.generations.settle(generation_id, outcome, self.now)

    async def open_post(self) -> tuple[PostId, datetime]:
        """The one post that is not over, with the moment it is due."""
        ((post_id, due),) = await self.posts.open()
        return post_id, due

    async def claimed(self) -> Post:
        """The one open post, claimed now."""
        post_id, _ = await self.open_post()
        post = await self.posts.claim(post_id, self.now)
        assert post is not None
        return post


def ids(record: OrderRecord) -> list[GenerationId]:
    return [g.id for g in record.generations]


def states(record: OrderRecord) -> Sequence[GenerationState]:
    return [g.state for g in record.generations]


@contextmanager
def saying(name: str, statement: str) -> Generator[None]:
    """That statement is another one."""
    text = Statements.text

    def changed(self: Statements, asked: str) -> str:
        return statement if asked == name else text(self, asked)

    with patch.object(Statements, "text", changed):
        yield
