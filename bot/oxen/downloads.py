"""A result's file, from wherever the provider says it is to the disk, believing nothing that is said about it.

The key goes to the Oxen host only and never across a redirect; no cookie is kept; what is no video and no image by
its own bytes is no result, whatever its server calls it.
"""

import asyncio
import contextlib
from pathlib import Path

from bot.domain.provider import Rejected, Unavailable
from bot.media.probe import pour, probe
from bot.media.signatures import SIGNATURE, may_be_result
from bot.oxen.calls import Calls, announced, check, trouble
from bot.oxen.links import Links
from bot.oxen.transport import Patience, Pool, Request, Response

_CALL = "download"
_MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = 200


class Downloads:
    """Fetches by the links of `calls`' provider."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._links = Links(calls.base)

    async def fetch(self, url: str, path: Path, limit: int) -> int | None:
        """Streams it to `path`; its size in bytes, or None (and no file) when it is more than `limit`.

        Raises `Unavailable`, or `Rejected` when the link does not lead to a video or an image (any more).
        """
        with trouble(_CALL, link=True):
            async with contextlib.AsyncExitStack() as stack:
                return await _save(await self._follow(stack, url), path, limit)

    async def _follow(self, stack: contextlib.AsyncExitStack, link: str) -> Response:
        """The answer behind the link's redirects. Raises `BadLink`, or what its status means."""
        timeouts, base = self._calls.timeouts, self._calls.base
        patience = Patience(total=timeouts.download, connect=timeouts.connect, silence=timeouts.stall)
        url = self._links.read(link)
        headers = self._calls.auth if url.origin() == base.origin() else {}
        for _ in range(_MAX_REDIRECTS):
            request = Request(
                method="GET",
                url=url,
                headers={"Accept-Encoding": "identity", **headers},
                patience=patience,
                pool=Pool.PUBLIC,
            )
            response = await stack.enter_async_context(self._calls.transport.send(request))
            location = response.headers.get("Location")
            if location is None or response.status not in _REDIRECTS:
                await check(response, _CALL)
                if response.status != _OK:  # nothing, or a part that nobody asked for
                    raise Unavailable(f"status {response.status}", call=_CALL)
                return response
            url, headers = self._links.follow(url, location), {}
        raise Unavailable("too many redirects", call=_CALL)


async def _save(response: Response, path: Path, limit: int) -> int | None:
    """Looks at the first bytes before anything is decided; a link to a file too large is still one to a file."""
    chunks = response.chunks()
    head = bytearray()
    async for chunk in chunks:
        head += chunk
        if len(head) >= SIGNATURE:
            break
    if not may_be_result(bytes(head)):
        raise Rejected(response.status, "The link leads to no video and no image.", call=_CALL)
    if announced(response) > limit:
        return None
    size, found = await pour(chunks, path, limit, probe, bytes(head))
    if size > limit:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        return None
    if found is None or not found.whole:
        raise Unavailable("the file is cut short", call=_CALL)
    return size
