"""Everything the stand-in knows, and the two places where changes are told: the gateway and the feed."""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sandbox.discord import errors, permissions, state
from sandbox.discord.clock import Clock
from sandbox.discord.forms import Json
from sandbox.discord.snowflakes import Snowflakes

# Signed links live a day (public documentation: reference, "Signed Attachment CDN URLs").
LINK_SECONDS = 24 * 3600.0
# "Ephemeral attachments will automatically be removed after a set period of time" (resources/message); it is not told.
EPHEMERAL_SECONDS = 24 * 3600.0
_KEPT = 10_000  # entries of the feed


class Feed:
    """What happened, in order, for those who watch: each entry has a sequence number and the time.

    Keeps the last 10,000; `read` waits for one newer than a sequence number. Where it is not `watched`, as in a bench,
    messages are no entries.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: deque[Json] = deque(maxlen=_KEPT)
        self._news = asyncio.Event()
        self.last = 0
        self.watched = True

    def add(self, kind: str, **details: object) -> None:
        self.last += 1
        self._entries.append({"sequence": self.last, "time": self._clock.now(), "kind": kind, **details})
        self._news.set()
        self._news = asyncio.Event()

    def keeps(self, after: int) -> bool:
        """Whether every entry after that number is still there; of another run of the stand-in none is."""
        return self.last - len(self._entries) <= after <= self.last

    async def read(self, after: int, wait: float) -> list[Json]:
        """Entries after that number; waits up to `wait` (real) seconds for the first of them."""
        deadline = asyncio.get_running_loop().time() + wait
        while self.last <= after:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return []
            try:
                await asyncio.wait_for(self._news.wait(), left)
            except TimeoutError:
                return []
        missed = min(self.last - after, len(self._entries))
        return list(islice(self._entries, len(self._entries) - missed, None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """One gateway event: who may get it is decided by intents, guild and shard."""

    name: str
    data: Json
    guild_id: int | None = None
    intent: int = 0
    """0: every session gets it."""


@dataclass(slots=True, kw_only=True)
class World:
    clock: Clock
    application: state.Application
    files: Path
    """Where attachments lie."""
    url: str = ""
    link_seconds: float = LINK_SECONDS
    """How long a link to an attachment is good."""
    ephemeral_seconds: float = EPHEMERAL_SECONDS
    """How long a file stays that came with an option or a modal."""
    ids: Snowflakes = field(init=False)
    feed: Feed = field(init=False)
    dispatch: Callable[[Dispatch], None] = field(default=lambda _event: None)
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    run: str = field(default_factory=lambda: secrets.token_hex(8))
    """Tells this run of the stand-in from others."""
    users: dict[int, state.User] = field(default_factory=dict[int, state.User])
    guilds: dict[int, state.Guild] = field(default_factory=dict[int, state.Guild])
    channels: dict[int, state.Channel] = field(default_factory=dict[int, state.Channel])
    messages: dict[int, state.Message] = field(default_factory=dict[int, state.Message])
    commands: dict[int, state.Command] = field(default_factory=dict[int, state.Command])
    command_creates: list[tuple[float, int | None]] = field(default_factory=list[tuple[float, int | None]])
    interactions: dict[int, state.Interaction] = field(default_factory=dict[int, state.Interaction])
    attachments: dict[int, state.Attachment] = field(default_factory=dict[int, state.Attachment])
    nonces: dict[tuple[int, str], tuple[float, int]] = field(default_factory=dict[tuple[int, str], tuple[float, int]])
    tokens: dict[str, state.Interaction] = field(default_factory=dict[str, state.Interaction])
    """Interactions by their tokens."""

    uploads: dict[str, state.Upload] = field(default_factory=dict[str, state.Upload])
    """Files that members have sent ahead of what they go with."""
    skus: dict[int, state.Sku] = field(default_factory=dict[int, state.Sku])
    entitlements: dict[int, state.Entitlement] = field(default_factory=dict[int, state.Entitlement])

    def __post_init__(self) -> None:
        self.ids = Snowflakes(self.clock)
        self.feed = Feed(self.clock)

    @property
    def bot(self) -> state.User:
        return self.users[self.application.id]

    def changed(self, guild_id: int | None) -> None:
        """Tell the feed that channels, roles, members or rights of a guild are others now."""
        self.feed.add("community_changed", guild_id=str(guild_id) if guild_id else None)

    # Looked up by the bot: what it may not know of is unknown to it.

    def channel(self, channel_id: int) -> state.Channel:
        """A channel the bot can see, else 10003 or 50001."""
        channel = self.channels.get(channel_id)
        if channel is None:
            raise errors.unknown_channel()
        if channel.guild_id is not None and not self.guilds[channel.guild_id].installed:
            raise errors.missing_access()
        if not permissions.allows(self.allowed(channel, self.application.id), "VIEW_CHANNEL"):
            raise errors.missing_access()
        return channel

    def guild(self, guild_id: int) -> state.Guild:
        guild = self.guilds.get(guild_id)
        if guild is None or not guild.installed:
            raise errors.unknown_guild()
        return guild

    def message(self, channel_id: int, message_id: int) -> state.Message:
        """A message of that channel that the bot token reaches; an ephemeral one is unknown to it."""
        message = self.messages.get(message_id)
        if message is None or message.channel_id != channel_id or message.only_for is not None:
            raise errors.unknown_message()
        return message

    # Looked up by anyone.

    def channel_named(self, name: str, guild_id: int | None = None) -> state.Channel:
        for channel in self.channels.values():
            if channel.name == name and guild_id in {None, channel.guild_id}:
                return channel
        raise KeyError(f"no channel is called {name!r}")

    def allowed(self, channel: state.Channel, user_id: int) -> int:
        """What a user may do in a channel, with what follows from other permissions and from membership.

        A private thread is there for who is in it and who manages threads (public documentation: topics/threads). Where
        somebody cannot connect to a voice or stage channel, they can see it at most (topics/permissions, "Implicit").
        """
        granted = self.granted(channel, user_id)
        if channel.type == state.PRIVATE_THREAD and user_id not in channel.joined:
            return granted if permissions.allows(granted, "MANAGE_THREADS") else 0
        if channel.type in state.VOCAL and not permissions.allows(granted, "CONNECT"):
            return granted & permissions.BITS["VIEW_CHANNEL"]
        return granted

    def granted(self, channel: state.Channel, user_id: int) -> int:
        """What roles and overwrites grant a user in a channel; a thread has its parent's. Payloads carry this."""
        if channel.guild_id is None:
            return permissions.DIRECT if user_id in {channel.recipient_id, self.application.id} else 0
        base = channel
        if channel.type in state.THREADS and channel.parent_id in self.channels:
            base = self.channels[channel.parent_id]
        return permissions.in_channel(self.guilds[channel.guild_id], base, user_id)

    def seen_by_bot(self, channel: state.Channel) -> bool:
        """Whether the bot is a member there and can look in: what happens elsewhere it is not told."""
        guild = self.guilds.get(channel.guild_id or 0)
        there = guild is None or (guild.installed and guild.available)
        return there and permissions.allows(self.allowed(channel, self.application.id), "VIEW_CHANNEL")

    def app_permissions(self, channel: state.Channel) -> int:
        """What the application is granted there; where it is no member it acts with what everybody may."""
        guild = self.guilds.get(channel.guild_id or 0)
        if guild is None or guild.installed:
            return self.granted(channel, self.application.id)
        return guild.roles[guild.id].permissions

    def age_restricted(self, channel: state.Channel) -> bool:
        """A thread is what its parent is."""
        parent = self.channels.get(channel.parent_id or 0) if channel.type in state.THREADS else None
        return (parent or channel).nsfw

    def history(self, channel_id: int, viewer: int | None = None) -> Iterator[state.Message]:
        """A channel's messages from old to new; ephemeral ones only for the viewer they are for."""
        for message in self.messages.values():
            if message.channel_id == channel_id and message.only_for in {None, viewer}:
                yield message

    def direct_channel(self, user_id: int) -> state.Channel:
        """The direct messages of the bot and a user, opened when there is none."""
        for channel in self.channels.values():
            if channel.type == state.DM and channel.recipient_id == user_id:
                return channel
        channel = state.Channel(
            id=self.ids.next(), type=state.DM, name=f"@{self.users[user_id].name}", recipient_id=user_id
        )
        self.channels[channel.id] = channel
        return channel
