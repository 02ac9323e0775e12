"""What members give along with their orders: fetched from Discord, looked at, kept in the order's card.

A URL of Discord's is signed and short-lived, and an order may wait in a queue. So the files go into the card's own
message, and before the order is sent that message is read again, unless Discord has shown it just now: the URLs in it
are fresh then (FACTS section 4; docs/decisions/0018-inputs.md).

Files are streamed to the disk, never held in memory, and never fetched from anywhere
but Discord.
"""

import asyncio
import contextlib
import logging
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import discord

from bot.chat.kit.errors import sorted_errors
from bot.chat.kit.files import FileShown, files_in, on_discord
from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, GenerationId, GuildId, MessageId, is_id
from bot.domain.messenger import Limits, TryLater, Undeliverable
from bot.domain.orders.inputs import Attachment, FileLocation, Input, InputGone
from bot.domain.orders.order import ValidatedRequest
from bot.media.probe import pour, probe_input
from bot.media.reading import MediaInfo
from bot.services.ordering.links import Links
from bot.store.private import make_folder

log = logging.getLogger(__name__)

INPUTS = "inputs-"  # what the folders begin with in which files wait
_SIDE_BY_SIDE = 4  # orders whose files are fetched at a time: members' files take disk and bandwidth
_TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=30)
_OK = 200
_GONE = frozenset({403, 404, 410})
_MIB = 1024 * 1024
_JUST = 60.0  # seconds in which a message that was shown needs no second look: its links are good for hours
_KNOWN = 3600.0  # seconds for which the links of files that are kept for later orders are taken to be good
_LAST_WORDS = timedelta(seconds=2)  # for telling the member, once an order is broken off
_RESULT = "drover-result:"  # what stands in the place of the URL of a result of ours


def result_url(generation_id: GenerationId) -> str:
    """What names a result of ours in the place of a URL. No member can write it: it is made from a message of ours.

    The provider's links expire, so a link is asked for when the order is sent.
    """
    return f"{_RESULT}{generation_id}"


def result_in(url: str) -> GenerationId | None:
    """The result that is named in the place of a URL; None for a URL."""
    name = url.removeprefix(_RESULT)
    return GenerationId(name) if url.startswith(_RESULT) and is_id(name) else None


class PendingUploads:
    """Files on their way into cards: when the bot stops, they are waited for, or the order is taken back.

    Whoever keeps files does it within `keeping`; who stops the bot calls `finish`. Until its files are kept an order
    has no row, so nobody would go on with it after the restart.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._broken_off: set[asyncio.Task[Any]] = set()

    @contextlib.contextmanager
    def keeping(self) -> Generator[None]:
        """The present task keeps files until the block ends. Raises `Refusal` when it is broken off by `finish`."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("no task")
        self._tasks.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if task not in self._broken_off:
                raise
            task.uncancel()
            raise Refusal("closing") from None
        finally:
            self._tasks.discard(task)

    async def finish(self, patience: timedelta) -> None:
        """Waits for what is on its way, at most for `patience`; then breaks it off, and lets that be told."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(set(self._tasks), timeout=patience.total_seconds())
        self._broken_off |= late & self._tasks
        for task in self._broken_off:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_LAST_WORDS.total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFiles:
    """Attachments as they turned out to be, and the files to post, by the name that each has in the message."""

    attachments: tuple[Attachment, ...]
    paths: Mapping[str, Path]


class DiscordInputFiles:
    """`limits` tells what a message to a guild may carry; `work_dir` is where files wait to be posted.

    `links` gives the links to our own results; it is asked late, because the services are built with this object.
    """

    def __init__(
        self,
        client: discord.Client,
        links: Callable[[], Links],
        limits: Callable[[GuildId], Awaitable[Limits]],
        work_dir: Path,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._links = links
        self._limits = limits
        self._work_dir = work_dir
        self._turns = asyncio.Semaphore(_SIDE_BY_SIDE)
        self._now = now
        self._shown: dict[MessageId, tuple[float, dict[int, str]]] = {}  # when, and the URLs by attachment
        self._kept: dict[FileLocation, tuple[float, str]] = {}  # when, and the URL

    async def check(self, attachments: Sequence[Attachment], guild_id: GuildId) -> None:
        """Raises `Refusal` for files that would not fit into the card, by what Discord says of them."""
        limits = await self._limits(guild_id)
        kept = [a for a in attachments if on_discord(a.url)]
        if len(kept) > limits.files:
            raise Refusal("input-files-many", given=len(kept), max=limits.files)
        for attachment in kept:
            if attachment.size > limits.file_bytes:
                raise Refusal("input-files-large", given=attachment.called, limit=_mib(limits.file_bytes))
        if sum(a.size for a in kept) > limits.total_bytes:
            raise Refusal("input-files-total", limit=_mib(limits.total_bytes))

    @contextlib.asynccontextmanager
    async def fetched(self, attachments: Sequence[Attachment], guild_id: GuildId) -> AsyncGenerator[FetchedFiles]:
        """Fetches the files that Discord keeps and looks at them; they are on the disk until the block ends.

        What an earlier message keeps is fetched from there. A result of ours that is too large for Discord stays at the
        provider, and is not fetched.
        Raises `Refusal` for a file that is not what it says, too large, or gone, and when there is no room for it.
        """
        limits, attachments = await self._limits(guild_id), await self._as_kept(attachments)
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(self._turns)
            try:
                make_folder(self._work_dir)  # somebody may have cleared it away
                folder = tempfile.TemporaryDirectory(dir=self._work_dir, prefix=INPUTS, ignore_cleanup_errors=True)
            except OSError as error:
                raise _no_room(error) from error
            path_of = Path(stack.enter_context(folder)).joinpath
            session = await stack.enter_async_context(
                aiohttp.ClientSession(timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)
            )
            seen: list[Attachment] = []
            paths: dict[str, Path] = {}
            left = limits.total_bytes
            for number, attachment in enumerate(attachments, 1):
                if (result := result_in(attachment.url)) is not None:  # refused now rather than when it is sent
                    await self._links().fresh_in(guild_id, result)
                if not on_discord(attachment.url):
                    seen.append(attachment)
                    continue
                path = path_of(str(number))
                size, found = await _fetch(session, attachment, path, min(limits.file_bytes, left))
                left -= size
                name = f"input-{number}.{found.suffix}"
                paths[name] = path
                seen.append(
                    replace(
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
                )
            yield FetchedFiles(attachments=tuple(seen), paths=paths)

    async def _as_kept(self, attachments: Sequence[Attachment]) -> Sequence[Attachment]:
        """With URLs of now for those that an earlier message keeps; each such message is read once an hour at most.

        Raises `Refusal` when one is gone.
        """
        now = self._now()
        self._kept = {place: known for place, known in self._kept.items() if now - known[0] < _KNOWN}
        unknown = [one for one in attachments if one.place is not None and one.place not in self._kept]
        try:
            urls = await self.fresh([Input(slot="", attachment=one) for one in unknown])
        except InputGone as gone:
            raise Refusal("input-kept-gone", given=unknown[gone.position - 1].called) from gone
        except TryLater as later:
            raise Refusal("input-files-unseen") from later
        self._kept |= {one.place: (now, urls[one.url]) for one in unknown if one.place is not None}
        return [
            one if one.place is None else replace(one, url=self._kept[one.place][1], place=None) for one in attachments
        ]

    def kept_in(self, message: discord.Message, validated: ValidatedRequest) -> ValidatedRequest:
        """The request with its inputs where the message keeps them: by their names, each has a place and a URL.

        A result of ours stays where it is. Raises `Refusal` when Discord did not keep a file.
        """
        kept = self.placed_in(message, [one.attachment for one in validated.inputs])
        inputs = (replace(one, attachment=where) for one, where in zip(validated.inputs, kept, strict=True))
        return replace(validated, inputs=tuple(inputs))

    def placed_in(self, message: discord.Message, attachments: Sequence[Attachment]) -> Sequence[Attachment]:
        """The same for files that belong to no order."""
        files = {file.name: file for file in self._seen(message)}
        placed: list[Attachment] = []
        for attachment in attachments:
            file = files.get(attachment.name)
            if file is not None:
                place = FileLocation(
                    channel_id=ChannelId(message.channel.id), message_id=MessageId(message.id), attachment_id=file.id
                )
                placed.append(replace(attachment, url=file.url, place=place))
            elif on_discord(attachment.url):
                raise Refusal("input-files-later", given=attachment.called)
            else:
                placed.append(attachment)
        return placed

    def _seen(self, message: discord.Message) -> list[FileShown]:
        """The files of a message that Discord has just shown; their links are remembered for a moment."""
        now, files = self._now(), files_in(message)
        self._shown = {each: seen for each, seen in self._shown.items() if now - seen[0] < _JUST}
        self._shown[MessageId(message.id)] = now, {file.id: file.url for file in files}
        return files

    async def fresh(self, inputs: Sequence[Input]) -> Mapping[str, str]:
        """See `bot.domain.orders.inputs.InputFiles`: reads each message that keeps inputs once, for the URLs of now.

        Not one that Discord has shown just now, and that nobody has asked for since: its URLs are of now.
        """
        urls: dict[str, str] = {}
        by_message: dict[tuple[ChannelId, MessageId], list[tuple[int, str, int]]] = defaultdict(list)
        for number, one in enumerate(inputs, 1):
            url, place = one.attachment.url, one.attachment.place
            if place is not None:
                by_message[place.channel_id, place.message_id].append((number, url, place.attachment_id))
                continue
            result = result_in(url)
            try:
                urls[url] = await self._links().fresh(result) if result is not None else url
            except Refusal as refusal:
                if refusal.key == "link-later":
                    raise TryLater(refusal.key) from refusal
                raise InputGone(number) from refusal
        for (channel_id, message_id), kept in by_message.items():
            seen_at, files = self._shown.pop(message_id, (-_JUST, {}))  # once: who tries again looks again
            if self._now() - seen_at >= _JUST:
                try:
                    with sorted_errors():
                        message = await self._client.get_partial_messageable(channel_id).fetch_message(message_id)
                except Undeliverable as error:
                    raise InputGone(kept[0][0]) from error
                files = {file.id: file.url for file in self._seen(message)}
            for number, url, attachment_id in kept:
                if attachment_id not in files:
                    raise InputGone(number)
                urls[url] = files[attachment_id]
        return urls


async def _fetch(
    session: aiohttp.ClientSession, attachment: Attachment, path: Path, limit: int
) -> tuple[int, MediaInfo]:
    """Streams the file to `path`; its size, and what it is. Raises `Refusal`."""
    look = partial(probe_input, kind=attachment.kind, name=attachment.called)
    try:
        async with session.get(attachment.url, allow_redirects=False) as response:
            if response.status in _GONE:
                raise Refusal("input-files-expired", given=attachment.called)
            if response.status != _OK:
                raise Refusal("input-files-later", given=attachment.called)
            size, found = await pour(response.content.iter_chunked(_MIB // 4), path, limit, look)
    except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
        raise Refusal("input-files-later", given=attachment.called) from error
    except OSError as error:
        raise _no_room(error) from error
    if found is None:
        raise Refusal("input-files-large", given=attachment.called, limit=_mib(limit))
    return size, found


def _no_room(error: OSError) -> Refusal:
    """The disk does not take a file: nothing that a member could change, so it is told to the operator."""
    log.error("files not kept", extra={"error": type(error).__name__, "errno": error.errno})
    return Refusal("input-files-no-room")


def _mib(count: int) -> str:
    return f"{count // _MIB}"
