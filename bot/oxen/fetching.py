"""A result's file, from wherever the provider says it is to the disk, believing nothing that is said about it.

The key goes to the Oxen host only and never across a redirect; no cookie is kept; what is no film and no picture by
its own bytes is no result, whatever its server calls it.
"""

import asyncio
import contextlib
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from bot.media.probe import probe
from bot.media.signatures import SIGNATURE, may_be_result
from bot.oxen.answers import FAULTS, check
from bot.oxen.errors import Rejected, Unavailable
from bot.oxen.reach import PublicOnlyResolver

_MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 256 * 1024  # bytes
_OK = 200
_NO_LINK = (aiohttp.NonHttpUrlClientError, aiohttp.InvalidURL)


class Fetcher:
    """Use as `async with`. `auth` are the headers that only `base` may see."""

    def __init__(self, base: URL, auth: dict[str, str], timeout: aiohttp.ClientTimeout) -> None:
        self._base = base
        self._auth = auth
        self._timeout = timeout

    async def __aenter__(self) -> Self:
        self._reach = PublicOnlyResolver(self._base)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=self._reach),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity"},
            auto_decompress=False,  # films and pictures are compressed already; what comes packed is none
            timeout=self._timeout,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()
        await self._reach.close()

    async def fetch(self, url: str, path: Path, limit: int) -> int | None:
        """Streams it to `path`; its size in bytes, or None (and no file) when it is more than `limit`.

        Raises `Unavailable`, or `Rejected` when the link does not lead to a film or a picture (any more).
        """
        try:
            async with contextlib.AsyncExitStack() as stack:
                response = await self._follow(stack, URL(url))
                size = await _save(response, path, limit)
        except _NO_LINK as error:
            raise Rejected(400, "The link leads nowhere.") from error
        except FAULTS as error:  # before the one below: a certificate's error is a ValueError as well
            raise Unavailable(type(error).__name__) from error
        except ValueError as error:
            raise Rejected(400, "The link leads nowhere.") from error
        if size is not None:
            looked = await asyncio.to_thread(probe, path)
            if looked is None or not looked.whole:
                raise Unavailable("the file is cut short")
        return size

    async def _follow(self, stack: contextlib.AsyncExitStack, url: URL) -> aiohttp.ClientResponse:
        url = self._reach.check(self._base.join(url))
        headers = self._auth if url.origin() == self._base.origin() else {}
        for _ in range(_MAX_REDIRECTS):
            response = await stack.enter_async_context(self._session.get(url, headers=headers, allow_redirects=False))
            location = response.headers.get("Location")
            if location is None or response.status not in _REDIRECTS:
                await check(response)
                if response.status != _OK:  # nothing, or a part that nobody asked for
                    raise Unavailable(f"status {response.status}")
                return response
            url, headers = self._reach.check(next_hop(url, location)), {}
        raise Unavailable("too many redirects")


def next_hop(url: URL, location: str) -> URL:
    """Where a redirect leads. Raises `ValueError` when it gives up the protection that the link had."""
    there = url.join(URL(location))
    if url.scheme == "https" and there.scheme != "https":
        raise ValueError("a redirect from https to something else")
    return there


async def _save(response: aiohttp.ClientResponse, path: Path, limit: int) -> int | None:
    """Looks at the first bytes before anything is decided; a link to a file too large is still one to a file."""
    head = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        head += chunk
        if len(head) >= SIGNATURE:
            break
    if not may_be_result(bytes(head)):
        raise Rejected(_OK, "The link leads to no film and no picture.")
    if (response.content_length or 0) > limit:
        return None
    size = await pour(response, path, limit, bytes(head))
    if size > limit:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        return None
    return size


async def pour(response: aiohttp.ClientResponse, path: Path, limit: int, head: bytes = b"") -> int:
    """Writes what comes to `path`, after `head`; how many bytes these are. No more than `limit` of them are written."""
    size = len(head)
    if size > limit:
        return size
    with await asyncio.to_thread(path.open, "wb") as file:
        await asyncio.to_thread(file.write, head)
        async for chunk in response.content.iter_chunked(_CHUNK):
            size += len(chunk)
            if size > limit:
                break
            await asyncio.to_thread(file.write, chunk)
    return size
