"""The client of the provider's API.

The key goes to the Oxen host only and never across a redirect. A POST to the queue is sent once: it has no
idempotency key, so its failures are sorted into "surely nothing happened" (`Unavailable`), "it said no"
(`Rejected`) and "nobody knows" (`Ambiguous`). Everything else is a read and may simply be asked again.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
from yarl import URL

from bot.domain.catalogue import Catalogue
from bot.domain.ids import RemoteId
from bot.domain.order import Plan
from bot.oxen import wire
from bot.oxen.errors import Ambiguous, KeyRefused, NotFound, Rejected, Unavailable
from bot.oxen.sse import Event, SseParser
from bot.oxen.wire import RemoteGeneration, RemoteStatus

_T = TypeVar("_T")

COMPLETED = "media_generation_completed"

_READ_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
_ENQUEUE_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10)
_DOWNLOAD_TIMEOUT = aiohttp.ClientTimeout(total=600, connect=10, sock_read=60)
_MAX_REDIRECTS = 5
_Rows = list[RemoteGeneration]
_OVER: tuple[RemoteStatus, ...] = ("succeeded", "failed", "cancelled")
_HISTORY_PAGE = 1000  # the most that the provider gives at once (API.md)
_CHUNK = 256 * 1024  # bytes
_MAX_DETAIL = 300  # characters of the provider's text
_UNSENT = (
    aiohttp.ClientConnectorError,  # refused, no such host, TLS: the connection never stood
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)
_NO_LINK = (aiohttp.NonHttpUrlClientError, aiohttp.InvalidURL, ValueError)
_FAULTS = (aiohttp.ClientError, TimeoutError, OSError)


class OxenClient:
    """Use as `async with OxenClient(url, key) as oxen:`. `silence` is how long the event stream may say nothing."""

    def __init__(self, base_url: str, key: str, *, silence: float = 45.0) -> None:
        self._base = URL(base_url)
        self._key = key
        self._silence = silence
        self._echoes_directory = False  # until a row shows that the provider speaks `browse`
        self._keeps_rows = False  # until a row shows that it does not speak `ephemeral`

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        # A kept-alive connection may die unnoticed and make a POST ambiguous that never left: each gets its own.
        self._posts = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._posts.close()
        await self._session.close()

    @property
    def keeps_rows(self) -> bool:
        """Whether a row has shown that the provider keeps what is over."""
        return self._keeps_rows

    async def enqueue(self, plan: Plan, count: int, namespace: str | None, token: str | None = None) -> list[RemoteId]:
        """Orders `count` outputs, billed to `namespace` (None: the key's own); their ids. One POST, never repeated.

        `token` tells the order's rows from all others where the dialect echoes it (as `target_directory`).
        Raises `Unavailable`, `Rejected`, `KeyRefused` or `Ambiguous`.
        """
        body: dict[str, Any] = {**plan.parameters, "model": plan.model_id, "prompt": plan.prompt}
        body["num_generations"] = count
        if namespace is not None:
            body["target_namespace"] = namespace
        if token is not None and self._echoes_directory:
            body["target_directory"] = token
        try:
            async with self._posts.post(
                self._url("/api/ai/queue"),
                json=body,
                headers=self._auth(),
                timeout=_ENQUEUE_TIMEOUT,
                allow_redirects=False,
            ) as response:
                payload = await _enqueue_answer(response)
        except _UNSENT as error:
            raise Unavailable(type(error).__name__) from error
        except _FAULTS as error:
            raise Ambiguous(type(error).__name__) from error
        return _ids(payload)

    async def list(self, namespace: str | None, status: RemoteStatus | None = None) -> list[RemoteGeneration]:
        """The rows of `namespace` (None: the key's own) in `status` (None: queued or processing).

        The `ephemeral` dialect knows no other status than being there. Raises `Unavailable`, `Rejected`.
        """
        query = {"namespace": namespace, "status": status}
        payload = await self._read("GET", "/api/ai/queue", {k: v for k, v in query.items() if v is not None})
        rows = _shaped(wire.rows, payload)
        self._learn(rows)
        return rows

    async def history(self, namespace: str | None) -> "_Rows":
        """What is over under `namespace`, as far as the dialect keeps it: at least the newest thousand rows.

        Raises `Unavailable`, `Rejected`.
        """
        if not self._echoes_directory:
            return [row for status in _OVER for row in await self.list(namespace, status)]
        query = {"page_size": str(_HISTORY_PAGE)} | ({"namespace": namespace} if namespace is not None else {})
        rows = _shaped(wire.rows, await self._read("GET", "/api/ai/generations", query))
        return [row for row in rows if row.status in _OVER]

    async def get(self, remote_id: RemoteId) -> RemoteGeneration:
        """One row, with a fresh result URL. Raises `NotFound`, `Unavailable`, `Rejected`."""
        row = _shaped(wire.row, await self._read("GET", f"/api/ai/queue/{remote_id}"))
        self._learn([row])
        return row

    async def cancel(self, remote_id: RemoteId) -> None:
        """Asks to end it; no error when it is over already, so look at the row. Raises as `get` does."""
        try:
            await self._read("DELETE", f"/api/ai/queue/{remote_id}")
        except Rejected as error:
            if error.status != 400 or isinstance(error, KeyRefused):  # noqa: PLR2004 - "some clients saw 400" (API.md)
                raise

    async def catalogue(self) -> Catalogue:
        """All models that make images or video. Raises `Unavailable`, `Rejected`."""
        return _shaped(wire.catalogue, await self._read("GET", "/api/ai/models"))

    async def cost(self, remote_id: RemoteId) -> Decimal | None:
        """What the provider charged, in USD; None while it does not tell, or where the dialect has no history.

        Raises `Unavailable`, `Rejected`.
        """
        if not self._echoes_directory:  # the mark of `browse`, the only dialect with a history
            return None
        try:
            return wire.cost(await self._read("GET", f"/api/ai/generations/{remote_id}"))
        except NotFound:
            return None

    async def events(self) -> AsyncGenerator[Event]:
        """The key's event stream, comments included, from the moment of the first yield (an empty comment).

        Ends with `Unavailable` when the connection breaks, or is silent for longer than `silence` seconds
        (the provider sends a keep-alive every 15 s). Raises `Rejected` when it is refused.
        """
        parser = SseParser()
        timeout = aiohttp.ClientTimeout(total=None, connect=10, sock_read=self._silence)
        try:
            async with self._session.get(
                self._url("/api/events"), headers=self._auth(), timeout=timeout, allow_redirects=False
            ) as response:
                await _check(response)
                yield Event("", "connected")
                async for chunk in response.content.iter_any():
                    for event in parser.feed(chunk):
                        yield event
        except (*_FAULTS, ValueError) as error:
            raise Unavailable(type(error).__name__) from error
        raise Unavailable("the event stream ended")

    async def download(self, url: str, path: Path, limit: int) -> int | None:
        """Streams a result to `path`; its size in bytes, or None (and no file) when it is more than `limit`.

        Raises `Unavailable`, or `Rejected` when the link is not good any more.
        """
        try:
            async with contextlib.AsyncExitStack() as stack:
                response = await self._follow(stack, URL(url))
                if (response.content_length or 0) > limit:
                    return None
                size = await _stream(response, path, limit)
        except _NO_LINK as error:
            raise Rejected(400, "The link leads nowhere.") from error
        except _FAULTS as error:
            raise Unavailable(type(error).__name__) from error
        if size > limit:
            await asyncio.to_thread(path.unlink)
            return None
        return size

    async def _follow(self, stack: contextlib.AsyncExitStack, url: URL) -> aiohttp.ClientResponse:
        url = self._base.join(url)
        headers = self._auth() if url.origin() == self._base.origin() else {}
        for _ in range(_MAX_REDIRECTS):
            response = await stack.enter_async_context(
                self._session.get(url, headers=headers, allow_redirects=False, timeout=_DOWNLOAD_TIMEOUT)
            )
            location = response.headers.get("Location")
            if location is None or response.status not in {301, 302, 303, 307, 308}:
                await _check(response)
                return response
            url, headers = url.join(URL(location)), {}
        raise Unavailable("too many redirects")

    async def _read(self, method: str, path: str, query: Mapping[str, str] | None = None) -> object:
        try:
            async with self._session.request(
                method,
                self._url(path),
                params=query,
                headers=self._auth(),
                timeout=_READ_TIMEOUT,
                allow_redirects=False,
            ) as response:
                await _check(response)
                return await _json(response)
        except (*_FAULTS, ValueError) as error:
            raise Unavailable(type(error).__name__) from error

    def _learn(self, rows: Sequence[RemoteGeneration]) -> None:
        """Which dialect is spoken shows in the rows; nothing has to be configured."""
        for row in rows:
            self._echoes_directory |= row.echoes_directory
            self._keeps_rows = row.has_status

    def _url(self, path: str) -> URL:
        return self._base.join(URL(path))

    def _auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"}


async def _enqueue_answer(response: aiohttp.ClientResponse) -> object:
    if response.status >= 500 or response.status == 408:  # noqa: PLR2004 - a gateway may have passed it on
        raise Ambiguous(f"status {response.status}")
    await _check(response, missing=Rejected)
    try:
        return await _json(response)
    except ValueError as error:
        raise Ambiguous("no JSON in the answer") from error


def _ids(payload: object) -> list[RemoteId]:
    try:
        ids = wire.accepted(payload)
    except ValueError as error:
        raise Ambiguous(str(error)) from error
    if not ids:
        raise Rejected(200, "Oxen accepted nothing of this order.")  # seen in the field (API.md, "Errors")
    return ids


async def _check(response: aiohttp.ClientResponse, missing: type[Rejected] | None = None) -> None:
    status = response.status
    if status < 300:  # noqa: PLR2004
        return
    if status >= 500 or status in {408, 429} or status < 400:  # noqa: PLR2004
        raise Unavailable(f"status {status}")
    detail = await _detail(response)
    if status in {401, 403}:
        raise KeyRefused(status, detail)
    if status == 404 and missing is None:  # noqa: PLR2004
        raise NotFound("no such generation, or file")
    raise Rejected(status, detail)


async def _detail(response: aiohttp.ClientResponse) -> str:
    text = ""
    with contextlib.suppress(ValueError, *_FAULTS):
        text = wire.error_text(await _json(response))
    return (text or f"status {response.status}")[:_MAX_DETAIL]


async def _json(response: aiohttp.ClientResponse) -> object:
    """The body. Raises `ValueError` when it is no JSON."""
    try:
        return json.loads(await response.read())
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _shaped(parse: Callable[[object], _T], payload: object) -> _T:
    try:
        return parse(payload)
    except ValueError as error:
        raise Unavailable(str(error)) from error


async def _stream(response: aiohttp.ClientResponse, path: Path, limit: int) -> int:
    size = 0
    with await asyncio.to_thread(path.open, "wb") as file:
        async for chunk in response.content.iter_chunked(_CHUNK):
            size += len(chunk)
            if size > limit:
                break
            await asyncio.to_thread(file.write, chunk)
    return size
