"""What the services need from the outside, and the errors by which they decide what to do next.

`bot.oxen.client.OxenClient` implements `Provider`, `bot.chat.messenger.DiscordMessenger` implements `Messenger`.
Fakes of both live in the tests and run through the same suites.
"""

import builtins
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bot.domain.ids import ChannelId, GenerationId, GuildId, MessageId, RemoteId
from bot.domain.models.catalogue import Catalogue
from bot.domain.orders.order import OrderRecord, PendingConfirmation, Post, ValidatedRequest
from bot.domain.orders.payer import KeyId
from bot.domain.records.notice import Notice
from bot.oxen.records import HistoryPage
from bot.oxen.sse import Event
from bot.oxen.wire import RemoteGeneration, RemoteStatus

if TYPE_CHECKING:
    from bot.domain.orders.inputs import Input


class Provider(Protocol):
    """The queue, the catalogue and the event stream of one key; the errors are those of `bot.oxen.errors`."""

    @property
    def keeps_rows(self) -> bool:
        """Whether it is known to keep the rows of what is over: only then can looking prove an absence."""
        ...

    async def enqueue(
        self,
        validated: ValidatedRequest,
        count: int,
        namespace: str | None,
        token: str | None = None,
        *,
        urls: Mapping[str, str] | None = None,
    ) -> list[RemoteId]: ...
    async def list(self, namespace: str | None, status: RemoteStatus | None = None) -> list[RemoteGeneration]: ...
    async def history(self, namespace: str | None) -> builtins.list[RemoteGeneration]: ...
    async def history_page(self, namespace: str | None = None, *, page: int = 1, size: int = 50) -> HistoryPage: ...
    async def get(self, remote_id: RemoteId) -> RemoteGeneration: ...
    async def cancel(self, remote_id: RemoteId) -> None: ...
    async def cost(self, remote_id: RemoteId) -> Decimal | None: ...
    async def catalogue(self) -> Catalogue: ...
    def events(self) -> AsyncGenerator[Event]: ...
    async def download(self, url: str, path: Path, limit: int) -> int | None: ...


class Providers(Protocol):
    """The provider, as the holder of each key sees it. Who speaks by one key learns nothing about another's work."""

    def of(self, key: KeyId | None) -> AbstractAsyncContextManager[Provider]:
        """The provider by `key` (None: the operator's, which is always there), for as long as the block lasts.

        Entering raises `KeyGone` when the key is deleted or refused for good.
        """
        ...

    def trial(self, key: str) -> AbstractAsyncContextManager[Provider]:
        """The provider by a key that nobody has entered yet, to find out what it may do."""
        ...

    async def retire(self, key: KeyId) -> None:
        """The key was deleted or is refused: nobody begins another call by it."""
        ...


Suspect = Callable[[KeyId | None], None]
"""Told of a key that the provider refused just now: whether that is for good has to be found out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one message to a channel may carry, in bytes and files."""

    file_bytes: int
    total_bytes: int
    files: int = 10


class Form(StrEnum):
    """How much of a result a place takes."""

    WHOLE = "whole"  # files, and links to those that are too large
    LINKS = "links"  # no files: we may attach none there
    BRIEF = "brief"  # files, and as few words as can be
    WORDS = "words"  # as few words, which say where the result is

    @property
    def brief(self) -> bool:
        """Without anything that Discord may have refused to hear: links, settings, others' words."""
        return self in (Form.BRIEF, Form.WORDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingResult:
    """A post with its results as far as they could be fetched: a file, or a link where it would not fit."""

    post: Post
    form: Form = Form.WHOLE
    files: Mapping[GenerationId, Path] = field(default_factory=dict[GenerationId, Path])
    links: Mapping[GenerationId, str] = field(default_factory=dict[GenerationId, str])


class Messenger(Protocol):
    """Speaks in channels with the bot's own token. Raises `MessengerError`s."""

    def limits(self, guild_id: GuildId) -> Limits:
        """What a message in the guild may carry. From memory."""
        ...

    async def post(self, outgoing: OutgoingResult) -> MessageId:
        """Sends the result message; sending the same post again within minutes returns the first one."""
        ...

    async def find(self, post: Post) -> MessageId | None:
        """The message that an earlier attempt at `post` left in the channel, or None."""
        ...

    async def told(self, post: Post) -> Mapping[GenerationId, MessageId]:
        """What of `post` the channel shows already, in whichever of the order's messages."""
        ...

    async def hand_over(self, outgoing: OutgoingResult) -> MessageId:
        """Tells the requester directly what the channel cannot be told; once, as `post` and `find` do."""
        ...

    async def handed_over(self, post: Post) -> MessageId | None:
        """The direct message that an earlier attempt at `post` left, or None."""
        ...

    async def redraw(self, record: OrderRecord) -> None:
        """Brings the order's card up to date."""
        ...

    async def redraw_confirmation(self, confirmation: PendingConfirmation) -> None:
        """Brings the card of a pending confirmation up to date."""
        ...

    async def tell(self, guild_id: GuildId, channel_id: ChannelId, notice: Notice) -> MessageId:
        """Posts the notice in the guild's log channel; once, also when an earlier attempt's answer was lost."""
        ...


class InputFiles(Protocol):
    """Finds the files that members gave with their orders, wherever they wait."""

    async def fresh(self, inputs: "Sequence[Input]") -> Mapping[str, str]:
        """For each input's `attachment.url` the URL under which the provider can fetch it from now on.

        Raises `InputGone` when a file was deleted meanwhile, `TryLater` when that cannot be told at the moment.
        """
        ...


class InputGone(Exception):
    """A file that the order needs was deleted before it could be sent. `position` counts the inputs from 1."""

    def __init__(self, position: int) -> None:
        super().__init__(f"input {position}")
        self.position = position


class MessengerError(Exception):
    """Base of what can go wrong in a channel. The message is Discord's code and words, never content."""


class Undeliverable(MessengerError):
    """The place takes no such message now: it is gone, or the right to write in it is."""


class FilesRefused(Undeliverable):
    """The place takes no message with files from us; it may take one with links."""


class WordsRefused(Undeliverable):
    """The place is open, but Discord refuses what the message says; it may take one that says less."""


class TooLarge(MessengerError):
    """The files do not fit after all: send links instead."""


class TryLater(MessengerError):
    """Discord has trouble or asks to wait; `pause` is how long, if it said."""

    def __init__(self, message: str, pause: timedelta | None = None) -> None:
        super().__init__(message)
        self.pause = pause


class Unexplained(TryLater):
    """A refusal that is in no table: it may pass, but nobody should wait for that for long."""
