"""The channels, as the services see them: the messenger's port, its values and its errors.

`bot.chat.messenger.DiscordMessenger` implements `Messenger`, `tests/fakes/messenger.py` in memory.

Every error says what the caller should do next:

MessengerError       the message is not there; the text is the neighbour's code and words, never content
├── TokenOver        the interaction's token edits nothing any more: edit with the bot's own
├── Undeliverable    the place takes no such message now: tell somewhere else, and try again when rights change
│   ├── FilesRefused it takes no files from us: send links
│   ├── Unshowable   this is not for that place, or is gone itself: take it down there
│   └── WordsRefused it refuses what the message says: say less
├── TooLarge         the files do not fit after all: send links
└── TryLater         there is trouble, or a request to wait: try again, after `pause` if that was said
    ├── EditsLimited one message was edited too often: try again much later, each attempt would count
    └── Unexplained  a refusal that is in no table: try again, but not for long
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from bot.domain.ids import ChannelId, GenerationId, GuildId, MessageId
from bot.domain.orders.order import MessagePlace, OrderRecord, PendingConfirmation, Post
from bot.domain.orders.taking_back import Case
from bot.domain.records.guild_log import Notice
from bot.domain.records.stars import Showpiece

# Errors.


class MessengerError(Exception):
    """Base of what can go wrong in a channel. The message is Discord's code and words, never content."""


class TokenOver(MessengerError):
    """The interaction's token edits nothing any more, or not this message: edit with the bot's own."""


class Undeliverable(MessengerError):
    """The place takes no such message now: it is gone, or the right to write in it is."""


class FilesRefused(Undeliverable):
    """The place takes no message with files from us; it may take one with links."""


class Unshowable(Undeliverable):
    """The place is open to people for whom this is not meant, or what is to be shown there is gone."""


class WordsRefused(Undeliverable):
    """The place is open, but Discord refuses what the message says; it may take one that says less."""


class TooLarge(MessengerError):
    """The files do not fit after all: send links instead."""


class TryLater(MessengerError):
    """Discord has trouble or asks to wait; `pause` is how long, if it said."""

    def __init__(self, message: str, pause: timedelta | None = None) -> None:
        super().__init__(message)
        self.pause = pause


class EditsLimited(TryLater):
    """The message is old and was edited too often within a while: each attempt would count as well."""


class Unexplained(TryLater):
    """A refusal that is in no table: it may pass, but nobody should wait for that for long."""


# Values.


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


class Copy(StrEnum):
    """What a file is that is not attached as it was made."""

    CONVERTED = "converted"  # all of it, as Discord plays it and as small as it has to be
    PREVIEW = "preview"  # its beginning


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingResult:
    """A post with its results as far as they could be fetched: a file, or a link where it would not fit.

    `copies` are the files that are not what was made; `links` has the originals of these as well.
    """

    post: Post
    form: Form = Form.WHOLE
    files: Mapping[GenerationId, Path] = field(default_factory=dict[GenerationId, Path])
    links: Mapping[GenerationId, str] = field(default_factory=dict[GenerationId, str])
    copies: Mapping[GenerationId, Copy] = field(default_factory=dict[GenerationId, Copy])

    def as_made(self, generation_id: GenerationId) -> bool:
        """Whether the original is attached."""
        return generation_id in self.files and generation_id not in self.copies


@dataclass(frozen=True, slots=True, kw_only=True)
class CardToken:
    """The token of the interaction that a card answers, or of a press on the card: a secret that edits the card.

    Discord takes it for 15 minutes. `original`: the card is the interaction's own answer, and no message beside it.
    """

    secret: str = field(repr=False)
    original: bool = True


# The port.


class Messenger(Protocol):
    """Speaks in channels: with the bot's own token, on cards by an interaction's too. Raises `MessengerError`s."""

    async def limits(self, guild_id: GuildId) -> Limits:
        """What a message in the guild may carry."""
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

    async def redraw(self, record: OrderRecord, token: CardToken | None = None) -> None:
        """Brings the order's card up to date; by `token`, or without one with the bot's own. Raises `TokenOver`."""
        ...

    async def redraw_confirmation(self, confirmation: PendingConfirmation, token: CardToken | None = None) -> None:
        """Brings the card of a pending confirmation up to date, as `redraw` does."""
        ...

    async def remove(self, place: MessagePlace) -> None:
        """Deletes the message with its files; one that is gone is as good as deleted."""
        ...

    async def cover(self, place: MessagePlace, *, covered: bool) -> None:
        """Shows the message's files and links covered from now on, or as they are; one that is gone is no trouble."""
        ...

    async def ask(self, outgoing: OutgoingResult, channel_id: ChannelId) -> MessageId:
        """Asks in a channel for moderators whether others may see the result; once, as `post` does."""
        ...

    async def asked(self, post: Post, channel_id: ChannelId) -> MessageId | None:
        """The question that an earlier attempt at `ask` left there, or None."""
        ...

    async def answered(self, post: Post) -> None:
        """Brings the post's question up to date: it is answered, or nobody waits for that any more."""
        ...

    async def show_case(self, case: Case, channel_id: ChannelId | None) -> MessagePlace:
        """Brings the case's message up to date, or posts it; once, also when an earlier answer was lost.

        With None as channel, the server's owner is told directly.
        """
        ...

    async def tell(self, guild_id: GuildId, channel_id: ChannelId, notice: Notice) -> MessageId:
        """Posts the notice in the guild's log channel; once, also when an earlier attempt's answer was lost."""
        ...

    async def show(self, piece: Showpiece) -> MessageId:
        """Posts the result in the showcase, once, as `tell` does; or brings its post there up to date.

        Raises `Unshowable`.
        """
        ...

    async def take_down(self, piece: Showpiece) -> None:
        """Deletes the post of the result in the showcase, also one that an attempt left of which nobody knows."""
        ...
