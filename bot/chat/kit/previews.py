"""Small pictures of results, for lists: what Discord shows in their messages, by links that are valid now.

Discord's links are signed and die within a day (FACTS section 4), so the messages are read again: those of one channel
that lie close together by one request, and none twice within an hour.
"""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import discord
from yarl import URL

from bot.chat.kit.errors import CALL_FAILED
from bot.chat.kit.files import stem
from bot.domain.ids import ChannelId, GuildId, MessageId

_KEPT = 3600.0  # seconds
_MOST_KEPT = 5_000  # messages
_WITHIN = 5.0  # seconds for all of them: a list without pictures is better than none
_AT_ONCE = 50  # messages of a channel in one request
_POSTER = "webp"  # of a video Discord's media proxy gives its first frame, as its own clients ask for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A picture of a file. `covered`: whoever posted it covered it."""

    url: str
    covered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a message shows, by the names of its files without their extensions. `gone`: there is no such message."""

    files: Mapping[str, Preview] = field(default_factory=dict[str, Preview])
    gone: bool = False


class Previews:
    def __init__(self, client: discord.Client, now: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._now = now
        self._kept: dict[MessageId, tuple[float, Seen]] = {}  # when it was read; the oldest first

    async def of(
        self, guild_id: GuildId, messages: Iterable[tuple[ChannelId, MessageId]], *, requests: int
    ) -> Mapping[MessageId, Seen]:
        """What these messages show, as far as that is known after so many requests at most."""
        since = self._now() - _KEPT
        while self._kept and (len(self._kept) > _MOST_KEPT or next(iter(self._kept.values()))[0] < since):
            del self._kept[next(iter(self._kept))]
        wanted = {message_id: channel_id for channel_id, message_id in messages}
        unknown: defaultdict[ChannelId, set[MessageId]] = defaultdict(set)
        for message_id, channel_id in wanted.items():
            if message_id not in self._kept:
                unknown[channel_id].add(message_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_WITHIN):
                for _ in range(requests):
                    if not unknown:
                        break
                    channel_id = max(unknown, key=lambda each: len(unknown[each]))
                    found = await self._read(guild_id, channel_id, unknown[channel_id])
                    for message_id, seen in found.items():
                        self._kept[message_id] = self._now(), seen
                    unknown[channel_id] -= found.keys()
                    if not found or not unknown[channel_id]:
                        del unknown[channel_id]
        return {each: self._kept[each][1] for each in wanted if each in self._kept}

    async def _read(self, guild_id: GuildId, channel_id: ChannelId, wanted: set[MessageId]) -> Mapping[MessageId, Seen]:
        """The latest of these messages and what lies before it; nothing where Discord does not answer."""
        channel, latest = self._client.get_partial_messageable(channel_id, guild_id=guild_id), max(wanted)
        with contextlib.suppress(*CALL_FAILED):
            if len(wanted) == 1:
                try:
                    return {latest: _seen(await channel.fetch_message(latest))}
                except discord.NotFound:
                    return {latest: Seen(gone=True)}
            before = discord.Object(latest + 1)
            read = {MessageId(one.id): one async for one in channel.history(limit=_AT_ONCE, before=before)}
            reached = min(read, default=latest) if len(read) == _AT_ONCE else 0
            return {each: _seen(read[each]) if each in read else Seen(gone=True) for each in wanted if each >= reached}
        return {}


def _seen(message: discord.Message) -> Seen:
    files: dict[str, Preview] = {}
    for one in message.attachments:
        kind = (one.content_type or "").partition("/")[0]
        if kind in {"image", "video"}:
            url = one.url if kind == "image" else str(URL(one.proxy_url).update_query(format=_POSTER))
            files[stem(one.filename)] = Preview(url=url, covered=one.is_spoiler())
    return Seen(files=files)
