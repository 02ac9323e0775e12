"""The blocking twins of the queue: the answer comes when the media is there (API.md, "Calls"; seeds 003 and 004).

Such a call is paid for like an order and has neither an idempotency key nor a row to look for afterwards, so a bot
uses the queue. These are for scripts that want one answer to one question.

An answer may hold several videos of a hundred megabytes (`b64_json`, seed 004), a third more as base64. `Unpacker`
puts them into files while it arrives: what is kept of it is one piece as it came from the network, that piece
decoded, and the JSON around the media; never a whole medium.
"""

import asyncio
import binascii
import json
import os
import re
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from bot.domain.models.catalogue import MediaKind
from bot.domain.models.parameters import Json
from bot.domain.provider import Rejected
from bot.media.probe import probe
from bot.media.signatures import SIGNATURE, may_be_result
from bot.oxen.calls import Calls, read_json
from bot.oxen.wire import Unexpected, link, mapping, plain

_GENERATE = {MediaKind.VIDEO: "/api/ai/videos/generate", MediaKind.IMAGE: "/api/ai/images/generate"}
_EDIT = "/api/ai/images/edit"
_NOT_FOUND = 404
_UNKNOWN_MODEL = "Model not found"  # a 404 that is about the model and not about the path (API.md, "Errors")
_LARGEST = 2 * 1024**3  # bytes of one medium
_LISTS = ("videos", "images")
_NONE: Mapping[str, Path] = {}
_NAME = b"b64_json"
_MOST_AROUND = 1024 * 1024  # bytes of JSON besides the media
_MOST_MEDIA = 12  # the most outputs that any page of the provider speaks of (API.md, "count per request")
_LONGEST_NAME = 64  # bytes of a string that may be a name
_GAP = 2  # bytes between two strings that are looked at
_QUOTE = ord('"')
_WITHIN = re.compile(rb'(?:[^"\\]+|\\.)*+', re.DOTALL)  # a string up to its closing quote; escapes are left as they are


# What was made.


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a blocking call made: behind `url` for a while, or in `file`, `size` bytes long.

    `revised_prompt` is what some models make of a prompt.
    """

    url: str | None = None
    file: Path | None = None
    size: int | None = None
    revised_prompt: str | None = None


def outputs(payload: object, files: Mapping[str, Path] = _NONE) -> list[Output]:
    """The outputs that can be had; `files` are those of media that came inline, by what stands in their place.

    Raises `ValueError` when there are none.
    """
    fields = mapping(payload)
    found: object = next((fields[name] for name in _LISTS if isinstance(fields.get(name), list)), None)
    entries = cast("list[object]", found)[:_MOST_MEDIA] if isinstance(found, list) else []
    had = [each for entry in entries if (each := _output(mapping(entry), files)) is not None]
    if not had:
        raise Unexpected("unexpected answer at videos, images")
    return had


def _output(entry: Mapping[str, Any], files: Mapping[str, Path]) -> Output | None:
    revised: object = entry.get("revised_prompt")
    words = plain(revised) if isinstance(revised, str) else None
    inline: object = entry.get("b64_json")
    if isinstance(inline, str) and inline in files:
        file = files[inline]
        return Output(file=file, size=file.stat().st_size, revised_prompt=words)
    url = link(entry.get("url"))
    return Output(url=url, revised_prompt=words) if url is not None else None


# Media inside an answer.


class Unpacker:
    """Feed it an answer piece by piece; `close` gives the JSON, with numbers in `files` where media were.

    Media become new files in `folder`, each of at most `limit` bytes. Blocks on the disk: call it in a thread.
    Whatever is wrong with an answer is a `ValueError`.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._around = bytearray()
        self._state: Callable[[bytes, int], int] = self._outside
        self._string = bytearray()  # the last one, as far as it could be a name
        self._gap = bytearray()  # what stood since the last string, without blanks
        self._writer: _Writer | None = None
        self._turn, self._discarded = threading.Lock(), False
        self.files: list[Path] = []

    def feed(self, piece: bytes) -> None:
        """Raises `ValueError` for an answer that makes no sense, or too much of it."""
        with self._turn:
            position = 0
            while position < len(piece) and not self._discarded:
                position = self._state(piece, position)
                if len(self._around) > _MOST_AROUND:
                    raise Unexpected("an answer without end")

    def close(self) -> object:
        """The JSON around the media. Raises `ValueError` when it is none, or not all of it came."""
        if self._writer is not None:
            raise Unexpected("a medium without end")
        try:
            return json.loads(self._around.decode("utf-8-sig"), parse_constant=lambda _: None)
        except RecursionError:
            raise Unexpected("nested too deeply") from None

    def discard(self) -> None:
        """Removes every file, whole or not, also while a thread whose caller has given up still feeds."""
        with self._turn:
            self._discarded = True
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            for file in self.files:
                file.unlink(missing_ok=True)

    def _outside(self, piece: bytes, position: int) -> int:
        """Up to and with the next quote. What stands between two strings tells whether the first names the second."""
        end = _find(piece, b'"', position)
        self._gap += piece[position:end].strip()[:_GAP]
        self._around += piece[position : end + 1]
        if end < len(piece):
            names = bytes(self._gap) == b":" and bytes(self._string) == _NAME
            self._string.clear()
            self._gap.clear()
            self._state = self._medium() if names else self._inside
        return end + 1

    def _inside(self, piece: bytes, position: int) -> int:
        """A string that is no medium: to its end, or to a backslash that ends the piece."""
        found = _WITHIN.match(piece, position)
        end = position if found is None else found.end()
        self._string += piece[position : min(end, position + _LONGEST_NAME)]
        self._around += piece[position : end + 1]
        if end < len(piece):
            self._state = self._outside if piece[end] == _QUOTE else self._escaped
        return end + 1

    def _escaped(self, piece: bytes, position: int) -> int:
        self._around += piece[position : position + 1]
        self._string += b"\\"  # so that it is no name that matters
        self._state = self._inside
        return position + 1

    def _medium(self) -> Callable[[bytes, int], int]:
        """Opens the next file; what then is to be done with pieces."""
        number = len(self.files)
        if number == _MOST_MEDIA:
            raise Unexpected("more media than can have been asked for")
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".drover-", suffix=".part")
        self.files.append(Path(name))
        self._writer = writer = _Writer(os.fdopen(handle, "wb"), self._limit)
        self._around += str(number).encode()

        def write(piece: bytes, position: int) -> int:
            end = _find(piece, b'"', position)
            writer.write(piece[position:end])
            if end < len(piece):
                writer.finish()
                self._writer = None
                self._around += b'"'
                self._state = self._outside
            return end + 1

        return write


class _Writer:
    """Base64 in pieces to one file."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file = file
        self._left = limit
        self._rest = b""
        self._over = False

    def write(self, piece: bytes) -> None:
        text = (self._rest + piece).replace(b"\\/", b"/")  # JSON may write it so
        whole = len(text) - len(text) % 4 if not text.endswith(b"\\") else (len(text) - 1) // 4 * 4
        text, self._rest = text[:whole], text[whole:]
        if not text:
            return
        if self._over:
            raise Unexpected("base64 beyond its end")
        content = binascii.a2b_base64(text, strict_mode=True)
        self._over = text.endswith(b"=")
        self._left -= len(content)
        if self._left < 0:
            raise Unexpected("a medium larger than was allowed")
        self._file.write(content)

    def finish(self) -> None:
        self.close()
        if self._rest:
            raise Unexpected("base64 that is cut short")

    def close(self) -> None:
        self._file.close()


def _find(piece: bytes, wanted: bytes, position: int) -> int:
    """Where it is, or the end of the piece."""
    found = piece.find(wanted, position)
    return len(piece) if found < 0 else found


# Calls.


class BlockingCalls:
    """Order, and wait for the media."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._without_ai = False  # until the provider says that it knows the older paths only

    async def generate(
        self,
        kind: MediaKind,
        body: Mapping[str, Json],
        *,
        namespace: str | None = None,
        folder: Path | None = None,
        limit: int = _LARGEST,
    ) -> list[Output]:
        """Makes what `body` (`model`, `prompt`, the model's parameters) asks for, billed to `namespace`.

        Without a `folder` the outputs are links that expire (`response_format` is `url`). With one they come inline
        (`b64_json`) and are written there as they arrive, each of at most `limit` bytes; in memory are one piece of
        256 KiB as it came, the same decoded, and the JSON around the media. The files' names mean nothing. For images
        `n` in the body is how many (openapi.json); an output that cannot be read is left out.

        A provider that answers 404 is asked once more without `/ai` in the path (seed 004 writes it so).
        Raises `Unavailable`, `Rejected`, `KeyRefused`, or `Ambiguous`: then it may have been made, and paid for, and
        no list shows it. Nothing is left in the folder by a call that raises.
        """
        return await self._ordered("generate", _GENERATE[kind], body, namespace, folder, limit)

    async def edit(
        self,
        body: Mapping[str, Json],
        *,
        namespace: str | None = None,
        folder: Path | None = None,
        limit: int = _LARGEST,
    ) -> list[Output]:
        """Edits images: `body` has `model`, `prompt` and `input_image` (one or several public URLs, or data URIs).

        That is how the provider's page and samples call it; openapi.json (`ImageEditRequest`) has the older name
        `image`, for one, and `mask`. Many models take a prompt alone. Everything else is as with `generate`.
        """
        return await self._ordered("edit", _EDIT, body, namespace, folder, limit)

    async def _ordered(
        self,
        call: str,
        path: str,
        body: Mapping[str, Json],
        namespace: str | None,
        folder: Path | None,
        limit: int,
    ) -> list[Output]:
        asked: dict[str, Json] = {**body, "response_format": "url" if folder is None else "b64_json"}
        if namespace is not None:
            asked["target_namespace"] = namespace
        older = path.replace("/api/ai/", "/api/", 1)
        if self._without_ai:
            return await self._blocking(call, older, asked, folder, limit)
        try:
            return await self._blocking(call, path, asked, folder, limit)
        except Rejected as error:  # a 404 says that nothing was done: asking elsewhere orders nothing twice
            if error.status != _NOT_FOUND or error.detail.startswith(_UNKNOWN_MODEL):
                raise
            made = await self._blocking(call, older, asked, folder, limit)
            self._without_ai = True
            return made

    async def _blocking(
        self, call: str, path: str, body: Mapping[str, Json], folder: Path | None, limit: int
    ) -> list[Output]:
        """One POST. The provider's words for an error are told as far as they come soon."""
        unpacker = Unpacker(folder, limit) if folder is not None else None
        timeouts = self._calls.timeouts
        try:
            async with self._calls.posted(call, path, body, seconds=timeouts.blocking, words=timeouts.read) as response:
                if unpacker is None:
                    made = outputs(await read_json(response))
                else:
                    async for piece in response.chunks():
                        await asyncio.to_thread(unpacker.feed, piece)
                    made = await asyncio.to_thread(_kept, unpacker)
        except BaseException:
            if unpacker is not None:
                await asyncio.to_thread(unpacker.discard)
            raise
        return [replace(each, url=self._calls.placed(each.url)) for each in made]


def _kept(unpacker: Unpacker) -> list[Output]:
    """The outputs; a file that is no medium, or not all of one, is none."""
    payload = unpacker.close()
    kept: dict[str, Path] = {}
    for number, file in enumerate(unpacker.files):
        with file.open("rb") as opened:
            head = opened.read(SIGNATURE)
        looked = probe(file) if may_be_result(head) else None
        if looked is not None and looked.whole:
            kept[str(number)] = file
        else:
            file.unlink()
    return outputs(payload, kept)
