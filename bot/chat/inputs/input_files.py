"""What members give along with their orders: fetched from Discord, looked at, kept in the order's card.

A URL of Discord's is signed and short-lived, and an order may wait in a queue. So the files go into the card's own
message, and right before the order is sent that message is read again: the URLs in it are fresh then (FACTS section 4;
docs/decisions/0018-inputs.md). Files are streamed to the disk, never held in memory, and never fetched from anywhere
but Discord.
"""

import asyncio
import contextlib
import logging
import tempfile
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.chat.inputs.files import FileShown, files_in, on_discord
from bot.chat.inputs.large_results import result_in
from bot.chat.sorting import sorted_errors
from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, GuildId, MessageId
from bot.domain.input_files import InputGone
from bot.domain.messenger import Limits, TryLater, Undeliverable
from bot.domain.orders.inputs import Attachment, Input, Place
from bot.domain.orders.order import ValidatedRequest
from bot.media.probe import pour, probe_input
from bot.media.reading import MediaInfo
from bot.store.private import make_folder

if TYPE_CHECKING:
    from bot.chat.client import DroverClient

log = logging.getLogger(__name__)

INPUTS = "inputs-"  # what the folders begin with in which files wait
_SIDE_BY_SIDE = 4  # orders whose files are fetched at a time: members' files take disk and bandwidth
_TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=30)
_OK = 200
_GONE = frozenset({403, 404, 410})
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Attachments as they turned out to be, and the files to post, by the name that each has in the message."""

    attachments: tuple[Attachment, ...]
    paths: Mapping[str, Path]


class DiscordInputFiles:
    """`limits` tells what a message to a guild may carry; `work_dir` is where files wait to be posted."""

    def __init__(self, client: "DroverClient", limits: Callable[[GuildId], Limits], work_dir: Path) -> None:
        self._client = client
        self._limits = limits
        self._work_dir = work_dir
        self._turns = asyncio.Semaphore(_SIDE_BY_SIDE)

    def check(self, attachments: Sequence[Attachment], guild_id: GuildId) -> None:
        """Raises `Refusal` for files that would not fit into the card, by what Discord says of them. From memory."""
        limits = self._limits(guild_id)
        kept = [a for a in attachments if on_discord(a.url)]
        if len(kept) > limits.files:
            raise Refusal("luggage-many", given=len(kept), max=limits.files)
        for attachment in kept:
            if attachment.size > limits.file_bytes:
                raise Refusal("luggage-large", given=attachment.called, limit=_mib(limits.file_bytes))
        if sum(a.size for a in kept) > limits.total_bytes:
            raise Refusal("luggage-total", limit=_mib(limits.total_bytes))

    @contextlib.asynccontextmanager
    async def pack(self, attachments: Sequence[Attachment], guild_id: GuildId) -> AsyncGenerator[Packed]:
        """Fetches the files that Discord keeps and looks at them; they are on the disk until the block ends.

        A result of ours that is too large for Discord stays at the provider, and is not fetched.
        Raises `Refusal` for a file that is not what it says, too large, or gone, and when there is no room for it.
        """
        async with self._turns:
            with _folder(self._work_dir) as folder:
                async with aiohttp.ClientSession(
                    timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
                ) as session:
                    yield await self._fetch_all(session, attachments, folder, guild_id)

    async def _fetch_all(
        self, session: aiohttp.ClientSession, attachments: Sequence[Attachment], folder: Path, guild_id: GuildId
    ) -> Packed:
        limits = self._limits(guild_id)
        seen: list[Attachment] = []
        paths: dict[str, Path] = {}
        left = limits.total_bytes
        for number, attachment in enumerate(attachments, 1):
            if (result := result_in(attachment.url)) is not None:  # refused now rather than when it is sent
                await self._client.links.fresh_in(guild_id, result)
            if not on_discord(attachment.url):
                seen.append(attachment)
                continue
            path = folder / str(number)
            size = await _fetch(session, attachment, path, min(limits.file_bytes, left))
            left -= size
            found = await asyncio.to_thread(probe_input, path, attachment.kind, attachment.called)
            name = f"input-{number}.{found.suffix}"
            seen.append(_as_seen(attachment, found, name, size))
            paths[name] = path
        return Packed(attachments=tuple(seen), paths=paths)

    async def fresh(self, inputs: Sequence[Input]) -> Mapping[str, str]:
        """See `bot.domain.input_files.InputFiles`: reads each message that keeps inputs once, for the URLs of now."""
        urls: dict[str, str] = {}
        for number, one in enumerate(inputs, 1):
            if one.attachment.place is None:
                urls[one.attachment.url] = await self._linked(one.attachment.url, number)
        for (channel_id, message_id), kept in _by_message(inputs).items():
            try:
                files = {file.id: file.url for file in await self._files(channel_id, message_id)}
            except Undeliverable as error:
                raise InputGone(kept[0][0]) from error
            for number, url, attachment_id in kept:
                if attachment_id not in files:
                    raise InputGone(number)
                urls[url] = files[attachment_id]
        return urls

    async def _linked(self, url: str, number: int) -> str:
        """The link of now to a result of ours; any other URL as it is."""
        result = result_in(url)
        if result is None:
            return url
        try:
            return await self._client.links.fresh(result)
        except Refusal as refusal:
            if refusal.key == "link-later":
                raise TryLater(refusal.key) from refusal
            raise InputGone(number) from refusal

    async def _files(self, channel_id: ChannelId, message_id: MessageId) -> list[FileShown]:
        with sorted_errors():
            return files_in(await self._client.get_partial_messageable(channel_id).fetch_message(message_id))


def stowed(validated: ValidatedRequest, message: discord.Message) -> ValidatedRequest:
    """The plan with its inputs where `message` keeps them: by their names, each has a place and a URL of its own.

    Raises `Refusal` when Discord did not keep one.
    """
    kept = {file.name: file for file in files_in(message)}
    return replace(validated, inputs=tuple(_stow(one, message, kept) for one in validated.inputs))


def _stow(one: Input, message: discord.Message, kept: Mapping[str, FileShown]) -> Input:
    file = kept.get(one.attachment.name)
    if file is None and on_discord(one.attachment.url):
        raise Refusal("luggage-later", given=one.attachment.called)
    if file is None:  # a result of ours, which stays where it is
        return one
    place = Place(channel_id=ChannelId(message.channel.id), message_id=MessageId(message.id), attachment_id=file.id)
    return replace(one, attachment=replace(one.attachment, url=file.url, place=place))


def _by_message(inputs: Sequence[Input]) -> Mapping[tuple[ChannelId, MessageId], list[tuple[int, str, int]]]:
    """For each message the inputs in it: number from 1, URL at the time of the order, attachment."""
    found: dict[tuple[ChannelId, MessageId], list[tuple[int, str, int]]] = defaultdict(list)
    for number, one in enumerate(inputs, 1):
        place = one.attachment.place
        if place is not None:
            found[place.channel_id, place.message_id].append((number, one.attachment.url, place.attachment_id))
    return found


async def _fetch(session: aiohttp.ClientSession, attachment: Attachment, path: Path, limit: int) -> int:
    """Streams the file to `path`; its size. Raises `Refusal`."""
    try:
        async with session.get(attachment.url, allow_redirects=False) as response:
            if response.status in _GONE:
                raise Refusal("luggage-expired", given=attachment.called)
            if response.status != _OK:
                raise Refusal("luggage-later", given=attachment.called)
            size = await pour(response.content.iter_chunked(_MIB // 4), path, limit)
    except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
        raise Refusal("luggage-later", given=attachment.called) from error
    except OSError as error:
        raise _no_room(error) from error
    if size > limit:
        raise Refusal("luggage-large", given=attachment.called, limit=_mib(limit))
    if not size:
        raise Refusal("luggage-empty", given=attachment.called)
    return size


@contextlib.contextmanager
def _folder(work_dir: Path) -> Generator[Path]:
    """A folder of its own, until the block ends. Raises `Refusal`."""
    try:
        make_folder(work_dir)  # somebody may have cleared it away
        folder = tempfile.TemporaryDirectory(dir=work_dir, prefix=INPUTS, ignore_cleanup_errors=True)
    except OSError as error:
        raise _no_room(error) from error
    with folder as name:
        yield Path(name)


def _no_room(error: OSError) -> Refusal:
    """The disk does not take a file: nothing that a member could change, so it is told to the operator."""
    log.error("files not kept", extra={"error": type(error).__name__, "errno": error.errno})
    return Refusal("luggage-no-room")


def _as_seen(attachment: Attachment, found: MediaInfo, name: str, size: int) -> Attachment:
    return replace(
        attachment,
        name=name,
        given_name=attachment.called,
        media_type=found.media_type,
        size=size,
        width=found.width or attachment.width,
        height=found.height or attachment.height,
        seconds=found.seconds or attachment.seconds,
        animated=found.animated,
    )


def _mib(count: int) -> str:
    return f"{count // _MIB}"
