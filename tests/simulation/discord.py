"""A model of Discord: the `Messenger` port with a nonce that is forgotten, errors after success, channels that go.

Tokens of interactions die, some early; an edit by one may get no answer and take effect later all the same.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.ids import ChannelId, GenerationId, GuildId, MessageId, OrderId, PostId, RemoteId
from bot.domain.messenger import (
    CardToken,
    Limits,
    OutgoingResult,
    TokenOver,
    TooLarge,
    TryLater,
    Undeliverable,
    Unshowable,
)
from bot.domain.orders.order import MessagePlace, OrderRecord, PendingConfirmation, Post
from bot.domain.orders.taking_back import Case
from bot.domain.records.guild_log import Notice, NoticeKey
from bot.domain.records.stars import Showpiece
from bot.domain.roles import NotHeld
from tests.simulation.oxen import owner_of, owner_of_link
from tests.simulation.world import World

LIBRARY_TRIES = 2  # discord.py sends a message again by itself when Discord answers 5xx (FACTS section 10)
TOKEN_LIVES = 900.0
LATEST = 12.0  # seconds after which nothing takes effect any more that was sent and never answered
CHANNEL_GONE = "404 10003"
SHOWCASE = 10**6  # the ids of its messages begin here
NONCE_WINDOW = 300.0  # seconds: "the past few minutes"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message in the channel: what everybody sees."""

    id: MessageId
    post: PostId
    generations: tuple[GenerationId, ...]
    files: int
    at: float
    results: Mapping[GenerationId, RemoteId]  # what is shown for each, as a file or a link: whose result it is
    covered: bool


class DiscordModel:
    """Implements `bot.domain.messenger.Messenger`. Lives as long as the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.sent: list[Sent] = []
        self._count = 0
        self.told: dict[NoticeKey, MessageId] = {}
        self.redraws: Counter[str] = Counter()
        self.pieces: list[tuple[MessageId, GenerationId]] = []  # the messages in the showcase
        self.cards: dict[OrderId, int] = {}  # the revision that each shows; of one that is gone, what it should show
        self._tokens: dict[str, float] = {}  # when each ends, whoever thinks otherwise
        self.channel_gone = False
        self.takes_direct = world.rng.random() < 0.5

    async def gone(self, guild_id: GuildId) -> bool:
        self._world.violated(f"guild {guild_id} was not listed by a shard that it is not in, and taken for left")
        return True

    async def limits(self, guild_id: GuildId) -> Limits:
        return Limits(file_bytes=1000, total_bytes=2000)

    async def post(self, outgoing: OutgoingResult) -> MessageId:
        world, post = self._world, outgoing.post
        await self._reach()
        if outgoing.files and world.happens(world.weather.too_large):
            raise TooLarge("413 40005")
        for _ in range(LIBRARY_TRIES):
            self._leave()
            message = self._known(post) or self._store(outgoing)
            await world.takes(0.0, 0.5)
            if not world.happens(world.weather.discord_after):
                return message.id
        raise TryLater("500 after it was stored")

    async def find(self, post: Post) -> MessageId | None:
        await self._reach()
        return next((m.id for m in self.sent if m.post == post.id), None)

    async def hand_over(self, outgoing: OutgoingResult) -> MessageId:
        world, post = self._world, outgoing.post
        await world.takes(0.0, 0.5)
        self._leave()
        if not self.takes_direct:
            raise Undeliverable("403 50007")
        if world.happens(world.weather.discord_down):
            raise TryLater("429")
        told = next((m for m in self.sent if m.post == post.id), None) or self._store(outgoing)
        await world.takes(0.0, 0.5)
        return told.id

    async def handed_over(self, post: Post) -> MessageId | None:
        world = self._world
        await world.takes(0.0, 0.5)
        self._leave()
        if world.happens(world.weather.discord_down):
            raise TryLater("429")
        return next((m.id for m in self.sent if m.post == post.id), None)

    async def redraw(self, record: OrderRecord, token: CardToken | None = None) -> None:
        world, order_id = self._world, record.order.id
        if token is not None and world.timeline.seconds >= self._tokens.setdefault(token.secret, self._end()):
            await world.takes(0.0, 0.5)
            raise TokenOver("401 50027")
        if token is not None and world.happens(world.weather.token_silent):
            loop = asyncio.get_running_loop()

            def lands() -> None:
                """Not when the process is dead as well: the next one cannot know of it (decision 16)."""
                if not getattr(loop, "dead", False):
                    self.cards[order_id] = record.revision

            if world.happens(0.5):
                world.later(0.0, LATEST, lands)
            await loop.create_future()
        try:
            await self._reach()
        except Undeliverable:
            self.cards[order_id] = record.revision
            raise
        self.redraws[order_id] += 1
        self.cards[order_id] = record.revision
        await world.takes(0.0, 0.5)
        if world.happens(world.weather.discord_after):
            raise TryLater("500 after it was edited")

    def _end(self) -> float:
        """Discord's quarter of an hour, or less."""
        world = self._world
        lives = world.rng.uniform(0, TOKEN_LIVES) if world.happens(world.weather.token_dies) else TOKEN_LIVES
        return world.timeline.seconds + lives

    async def tell(self, guild_id: GuildId, channel_id: ChannelId, notice: Notice) -> MessageId:
        await self._reach()
        return self.told.setdefault(notice.id, MessageId(len(self.told) + 1))

    async def show(self, piece: Showpiece) -> MessageId:
        await self._reach()
        known = self._piece(piece)
        if all(message.id != piece.original for message in self.sent):
            raise Unshowable("its message is gone")
        if known is None:
            self._count += 1
            known = MessageId(SHOWCASE + self._count)
            self.pieces.append((known, piece.output))
        await self._after("500 after it was shown")
        return known

    async def take_down(self, piece: Showpiece) -> None:
        await self._reach()
        known = self._piece(piece)
        self.pieces = [one for one in self.pieces if one[0] != known]
        await self._after("500 after it was taken down")

    def _piece(self, piece: Showpiece) -> MessageId | None:
        """Its message, by what the row says, or by looking into the channel, which only a later attempt does."""
        found = next((message_id for message_id, output in self.pieces if output == piece.output), None)
        return piece.message_id or (found if piece.attempt > 1 else None)

    async def remove(self, place: MessagePlace) -> None:
        await self._reach()
        self.sent = [message for message in self.sent if message.id != place.message_id]
        await self._after("500 after it was deleted")

    async def cover(self, place: MessagePlace, *, covered: bool) -> None:
        await self._reach()
        self.sent = [replace(one, covered=covered) if one.id == place.message_id else one for one in self.sent]
        await self._after("500 after it was covered")

    async def _after(self, error: str) -> None:
        await self._world.takes(0.0, 0.5)
        if self._world.happens(self._world.weather.discord_after):
            raise TryLater(error)

    # Nobody moderates.

    async def ask(self, outgoing: OutgoingResult, channel_id: ChannelId) -> MessageId:
        raise Undeliverable("nobody moderates")

    async def asked(self, post: Post, channel_id: ChannelId) -> MessageId | None:
        return None

    async def answered(self, post: Post) -> None: ...

    async def show_case(self, case: Case, channel_id: ChannelId | None) -> MessagePlace:
        raise Undeliverable("nobody moderates")

    async def redraw_confirmation(self, confirmation: PendingConfirmation, token: CardToken | None = None) -> None:
        await self._reach()
        self.redraws[confirmation.order.id] += 1

    async def _reach(self) -> None:
        world = self._world
        await world.takes(0.0, 0.5)
        self._leave()
        if world.happens(world.weather.channel_back if self.channel_gone else world.weather.channel_gone):
            self.channel_gone = not self.channel_gone
        if self.channel_gone:
            raise Undeliverable(CHANNEL_GONE)
        if world.happens(world.weather.discord_down):
            raise TryLater("429", timedelta(seconds=world.rng.uniform(0.5, 400)))

    def _leave(self) -> None:
        try:
            self._world.leaves()
        except NotHeld as error:
            raise TryLater("nothing was sent") from error

    def _known(self, post: Post) -> Sent | None:
        since = self._world.timeline.seconds - NONCE_WINDOW
        return next((m for m in self.sent if m.post == post.id and m.at >= since), None)

    def _store(self, outgoing: OutgoingResult) -> Sent:
        files = {each: owner_of(path.read_bytes()) for each, path in outgoing.files.items()}
        self._count += 1
        links = {each: owner_of_link(url) for each, url in outgoing.links.items()}
        message = Sent(
            id=MessageId(self._count),
            post=outgoing.post.id,
            generations=tuple(g.id for g in outgoing.post.generations),
            files=len(outgoing.files),
            at=self._world.timeline.seconds,
            results={**links, **files},
            covered=outgoing.post.order.request.spoiler,
        )
        self.sent.append(message)
        return message
