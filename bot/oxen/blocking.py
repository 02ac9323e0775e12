"""The blocking twins of the queue: the answer comes when the media is there (API.md, "Calls"; seeds 003 and 004).

Such a call is paid for like an order and has neither an idempotency key nor a row to look for afterwards, so a bot
uses the queue. These are for scripts that want one answer to one question.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import aiohttp

from bot.domain.contact import Contact
from bot.domain.models.catalogue import MediaKind
from bot.domain.models.parameters import Json
from bot.media.probe import probe
from bot.media.signatures import SIGNATURE, may_be_result
from bot.oxen.answers import check, read_json, undecided, words
from bot.oxen.errors import Ambiguous, Rejected
from bot.oxen.inline import Unpacker
from bot.oxen.outputs import Output, outputs
from bot.oxen.transport import USUAL, Timeouts, Transport

_GENERATE = {MediaKind.VIDEO: "/api/ai/videos/generate", MediaKind.IMAGE: "/api/ai/images/generate"}
_EDIT = "/api/ai/images/edit"
_NOT_FOUND = 404
_UNKNOWN_MODEL = "Model not found"  # a 404 that is about the model and not about the path (API.md, "Errors")
_PIECE = 256 * 1024  # bytes
_LARGEST = 2 * 1024**3  # bytes of one medium


class BlockingCalls(Transport):
    """Order, and wait for the media."""

    def __init__(self, base_url: str, key: str, *, timeouts: Timeouts = USUAL, contact: Contact | None = None) -> None:
        super().__init__(base_url, key, timeouts=timeouts, contact=contact)
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
        return await self._ordered(_GENERATE[kind], _asked(body, namespace, folder), folder, limit)

    async def edit(
        self,
        body: Mapping[str, Json],
        *,
        namespace: str | None = None,
        folder: Path | None = None,
        limit: int = _LARGEST,
    ) -> list[Output]:
        """Edits pictures: `body` has `model`, `prompt` and `input_image` (one or several public URLs, or data URIs).

        That is how the provider's page and samples call it; openapi.json (`ImageEditRequest`) has the older name
        `image`, for one, and `mask`. Many models take a prompt alone. Everything else is as with `generate`.
        """
        return await self._ordered(_EDIT, _asked(body, namespace, folder), folder, limit)

    async def _ordered(self, path: str, body: Mapping[str, Json], folder: Path | None, limit: int) -> list[Output]:
        if self._without_ai:
            return await self._blocking(_older(path), body, folder, limit)
        try:
            return await self._blocking(path, body, folder, limit)
        except Rejected as error:  # a 404 says that nothing was done: asking elsewhere orders nothing twice
            if error.status != _NOT_FOUND or error.detail.startswith(_UNKNOWN_MODEL):
                raise
            made = await self._blocking(_older(path), body, folder, limit)
            self._without_ai = True
            return made

    async def _blocking(self, path: str, body: Mapping[str, Json], folder: Path | None, limit: int) -> list[Output]:
        """One POST."""
        unpacker = Unpacker(folder, limit) if folder is not None else None
        try:
            async with self._posted(path, body, self._timeouts.blocking) as response:
                await self._judge(response)
                made = await (_linked(response) if unpacker is None else _unpacked(response, unpacker))
        except BaseException:
            if unpacker is not None:
                await asyncio.to_thread(unpacker.discard)
            raise
        return [replace(each, url=self._placed_link(each.url)) for each in made]

    async def _judge(self, response: aiohttp.ClientResponse) -> None:
        """Raises what a status means that is no success, with the provider's words as far as they come soon."""
        patience = self._timeouts.read
        if undecided(response):
            raise Ambiguous(f"status {response.status}", await words(response, patience))
        await check(response, missing=Rejected, patience=patience)


def _asked(body: Mapping[str, Json], namespace: str | None, folder: Path | None) -> dict[str, Json]:
    asked: dict[str, Json] = {**body, "response_format": "url" if folder is None else "b64_json"}
    return asked if namespace is None else {**asked, "target_namespace": namespace}


def _older(path: str) -> str:
    return path.replace("/api/ai/", "/api/", 1)


async def _linked(response: aiohttp.ClientResponse) -> list[Output]:
    try:
        return outputs(await read_json(response))
    except ValueError as error:
        raise Ambiguous("an answer that makes no sense") from error


async def _unpacked(response: aiohttp.ClientResponse, unpacker: Unpacker) -> list[Output]:
    try:
        async for piece in response.content.iter_chunked(_PIECE):
            await asyncio.to_thread(unpacker.feed, piece)
        return await asyncio.to_thread(_kept, unpacker)
    except ValueError as error:
        raise Ambiguous("an answer that makes no sense") from error


def _kept(unpacker: Unpacker) -> list[Output]:
    """The outputs; a file that is no medium, or not all of one, is none."""
    payload = unpacker.close()
    kept = {str(number): file for number, file in enumerate(unpacker.files) if _is_good(file)}
    for file in set(unpacker.files) - set(kept.values()):
        file.unlink()
    return outputs(payload, kept)


def _is_good(file: Path) -> bool:
    with file.open("rb") as opened:
        head = opened.read(SIGNATURE)
    looked = probe(file) if may_be_result(head) else None
    return looked is not None and looked.whole
