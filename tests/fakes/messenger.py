"""The channels in memory: a `bot.domain.messenger.Messenger` that keeps what it was told to say."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from bot.domain.clock import Clock
from bot.domain.ids import ChannelId, GenerationId, GuildId, MessageId, PostId
from bot.domain.messenger import CardToken, Limits, OutgoingResult, Undeliverable, Unshowable
from bot.domain.orders.order import MessagePlace, OrderRecord, PendingConfirmation, Post
from bot.domain.orders.taking_back import Case
from bot.domain.records.guild_log import Notice
from bot.domain.records.stars import Showpiece
from tests.fakes.faults import Faults

NONCE_WINDOW = timedelta(minutes=3)  # "the past few minutes" (Discord's reference, "Create Message")
DIRECT = ChannelId(9)  # where the owner of a server is told directly
LIMITS = Limits(file_bytes=1000, total_bytes=1500)


@dataclass(frozen=True, slots=True)
class Message:
    """A message in a channel. `contents` are its files as they were when it was sent."""

    id: MessageId
    outgoing: OutgoingResult
    contents: Mapping[GenerationId, bytes]
    at: datetime

    @property
    def post_id(self) -> PostId:
        return self.outgoing.post.id

    @property
    def file_names(self) -> list[str]:
        return [path.name for path in self.outgoing.files.values()]


@dataclass(frozen=True, slots=True)
class Told:
    """A notice in a log channel."""

    id: MessageId
    channel_id: ChannelId
    notice: Notice


class FakeMessenger:
    """`messages` is what the channels show; `attempts` counts the calls of `post`, whatever became of them.

    To make trouble: `faults.fail("post", TryLater("502"), after=True)` is a message that is there although the
    answer was lost. While `closed`, the channels take nothing and show nothing; direct messages are `direct`, if
    somebody `takes_direct`.
    """

    def __init__(self, clock: Clock, limits: Limits = LIMITS) -> None:
        self._clock = clock
        self._ids = count(7001)
        self.faults = Faults()
        self.allowed = limits
        self.messages: list[Message] = []
        self.redrawn: list[OrderRecord] = []
        self.tokens: list[CardToken | None] = []  # by which each of these was redrawn
        self.confirmations_redrawn: list[PendingConfirmation] = []
        self.closed: Exception | None = None
        self.takes_direct = False
        self.notices: list[Told] = []
        self.showcase: dict[MessageId, Showpiece] = {}  # what each message there shows
        self.direct: list[Message] = []
        self.removed: list[MessageId] = []
        self.covered: dict[MessageId, bool] = {}
        self.questions: list[Message] = []
        self.answers: list[Post] = []
        self.cases: list[tuple[MessagePlace, Case]] = []  # as they were shown, one after the other
        self.attempts = 0
        self.searches = 0

    async def limits(self, guild_id: GuildId) -> Limits:
        return self.allowed

    async def hand_over(self, outgoing: OutgoingResult) -> MessageId:
        if not self.takes_direct:
            raise Undeliverable("403 50007: Cannot send messages to this user")
        async with self.faults.around("hand_over"):
            known = await self.handed_over(outgoing.post) if outgoing.post.attempt > 1 else None
            if known is None:
                self.direct.append(await self._message(outgoing))
            return known or self.direct[-1].id

    async def handed_over(self, post: Post) -> MessageId | None:
        """By the order and the part: a restored database gives them another id."""
        told = (
            m for m in self.direct if (m.outgoing.post.order.id, m.outgoing.post.part) == (post.order.id, post.part)
        )
        return next((message.id for message in told), None)

    async def post(self, outgoing: OutgoingResult) -> MessageId:
        self.attempts += 1
        self._look()
        async with self.faults.around("post"):
            message = self._known(outgoing.post)
            if message is None:
                message = await self._message(outgoing)
                self.messages.append(message)
        return message.id

    async def find(self, post: Post) -> MessageId | None:
        self._look()
        self.searches += 1
        async with self.faults.around("find"):
            return next((m.id for m in self.messages if m.post_id == post.id), None)

    async def told(self, post: Post) -> Mapping[GenerationId, MessageId]:
        self._look()
        self.searches += 1
        async with self.faults.around("told"):
            asked = {generation.id for generation in post.generations}
            shown = ((g.id, m.id) for m in self.messages for g in m.outgoing.post.generations)
            return {generation_id: message_id for generation_id, message_id in shown if generation_id in asked}

    async def redraw(self, record: OrderRecord, token: CardToken | None = None) -> None:
        async with self.faults.around("redraw"):
            self.redrawn.append(record)
            self.tokens.append(token)

    async def tell(self, guild_id: GuildId, channel_id: ChannelId, notice: Notice) -> MessageId:
        async with self.faults.around("tell"):
            told = next((m for m in self.notices if m.notice.id == notice.id), None)
            if told is None:
                told = Told(MessageId(next(self._ids)), channel_id, notice)
                self.notices.append(told)
        return told.id

    async def show(self, piece: Showpiece) -> MessageId:
        async with self.faults.around("show"):
            known = piece.message_id or (piece.attempt > 1 and self._shown_before(piece)) or None
            if known is not None and known not in self.showcase:
                raise Unshowable("somebody deleted it")
            message_id = known or MessageId(next(self._ids))
            self.showcase[message_id] = piece
        return message_id

    async def take_down(self, piece: Showpiece) -> None:
        async with self.faults.around("take_down"):
            known = piece.message_id or (piece.attempt > 1 and self._shown_before(piece)) or None
            if known is not None:
                self.showcase.pop(known, None)

    def _shown_before(self, piece: Showpiece) -> MessageId | None:
        return next((each for each, one in self.showcase.items() if one.output == piece.output), None)

    async def remove(self, place: MessagePlace) -> None:
        self._look()
        async with self.faults.around("remove"):
            self.removed.append(place.message_id)
            self.messages = [one for one in self.messages if one.id != place.message_id]
            self.direct = [one for one in self.direct if one.id != place.message_id]

    async def cover(self, place: MessagePlace, *, covered: bool) -> None:
        self._look()
        async with self.faults.around("cover"):
            self.covered[place.message_id] = covered

    async def ask(self, outgoing: OutgoingResult, channel_id: ChannelId) -> MessageId:
        self._look()
        async with self.faults.around("ask"):
            known = await self.asked(outgoing.post, channel_id)
            if known is None:
                self.questions.append(await self._message(outgoing))
            return known or self.questions[-1].id

    async def asked(self, post: Post, channel_id: ChannelId) -> MessageId | None:
        async with self.faults.around("asked"):
            return next((one.id for one in self.questions if one.post_id == post.id), None)

    async def answered(self, post: Post) -> None:
        async with self.faults.around("answered"):
            self.answers.append(post)

    async def show_case(self, case: Case, channel_id: ChannelId | None) -> MessagePlace:
        if channel_id is None and not self.takes_direct:
            raise Undeliverable("403 50007: Cannot send messages to this user")
        if channel_id is not None:
            self._look()
        async with self.faults.around("show_case"):
            context = case.order.context
            known = next((where for where, shown in self.cases if shown.order.id == case.order.id), None)
            place = known or MessagePlace(
                guild_id=context.guild_id, channel_id=channel_id or DIRECT, message_id=MessageId(next(self._ids))
            )
            self.cases.append((place, case))
            return place

    async def redraw_confirmation(self, confirmation: PendingConfirmation, token: CardToken | None = None) -> None:
        async with self.faults.around("redraw_draft"):
            self.confirmations_redrawn.append(confirmation)

    def _known(self, post: Post) -> Message | None:
        """The message with the same nonce, as long as Discord remembers nonces."""
        oldest = self._clock.now() - NONCE_WINDOW
        return next((m for m in self.messages if m.post_id == post.id and m.at >= oldest), None)

    def _look(self) -> None:
        if self.closed is not None:
            raise self.closed

    async def _message(self, outgoing: OutgoingResult) -> Message:
        contents = {g: await asyncio.to_thread(path.read_bytes) for g, path in outgoing.files.items()}
        return Message(MessageId(next(self._ids)), outgoing, contents, self._clock.now())
