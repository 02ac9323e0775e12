"""The client of the provider's API.

The key goes to the Oxen host only and never across a redirect. A POST to the queue is sent once: it has no
idempotency key, so its failures are sorted into "surely nothing happened" (`Unavailable`), "it said no"
(`Rejected`) and "nobody knows" (`Ambiguous`). Everything else is a read and may simply be asked again.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from bot.oxen.answers import FAULTS, check, enqueue_answer, read_json
from bot.oxen.errors import Ambiguous, KeyRefused, NotFound, Rejected, Unavailable
from bot.oxen.fetching import Fetcher
from bot.oxen.sse import Event, SseParser
from bot.oxen.wire import RemoteGeneration, RemoteStatus

_T = TypeVar("_T")

COMPLETED = "media_generation_completed"

_Rows = list[RemoteGeneration]
_OVER: tuple[RemoteStatus, ...] = ("succeeded", "failed", "cancelled")
_HISTORY_PAGE = 1000  # the most that the provider gives at once (API.md)
_NO_CONTENT = 204
_STREAM = "text/event-stream"
_UNSENT = (
    aiohttp.ClientConnectorError,  # refused, no such host, TLS: the connection never stood
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds: for a connection to stand, for a whole answer, and for a download to say nothing (`stall`).

    `silence` is how long the event stream may say nothing; the provider sends a keep-alive every 15 s.
    """

    connect: float = 10
    read: float = 30
    enqueue: float = 60
    download: float = 600
    stall: float = 60
    silence: float = 45


_USUAL = Timeouts()


class OxenClient:
    """Use as `async with OxenClient(url, key) as oxen:`."""

    def __init__(self, base_url: str, key: str, *, timeouts: Timeouts = _USUAL) -> None:
        self._base = URL(base_url)
        self._key = key
        self._silence = timeouts.silence
        self._reading = aiohttp.ClientTimeout(total=timeouts.read, connect=timeouts.connect)
        self._ordering = aiohttp.ClientTimeout(total=timeouts.enqueue, connect=timeouts.connect)
        self._listening = aiohttp.ClientTimeout(total=None, connect=timeouts.connect, sock_read=timeouts.silence)
        self._fetcher = Fetcher(
            self._base,
            self._auth(),
            aiohttp.ClientTimeout(total=timeouts.download, connect=timeouts.connect, sock_read=timeouts.stall),
        )
        self._echoes_directory = False  # until a row shows that the provider speaks `browse`
        self._keeps_rows = False  # until a row shows that it does not speak `ephemeral`

    async def __aenter__(self) -> Self:
        self._open = contextlib.AsyncExitStack()
        no_cookies = aiohttp.DummyCookieJar()
        self._session = await self._open.enter_async_context(aiohttp.ClientSession(cookie_jar=no_cookies))
        # A kept-alive connection may die unnoticed and make a POST ambiguous that never left: each gets its own.
        self._posts = await self._open.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True), cookie_jar=no_cookies)
        )
        await self._open.enter_async_context(self._fetcher)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

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
                timeout=self._ordering,
                allow_redirects=False,
            ) as response:
                payload = await enqueue_answer(response)
        except _UNSENT as error:
            raise Unavailable(type(error).__name__) from error
        except FAULTS as error:
            raise Ambiguous(type(error).__name__) from error
        return _ids(payload)

    async def list(self, namespace: str | None, status: RemoteStatus | None = None) -> list[RemoteGeneration]:
        """The rows of `namespace` (None: the key's own) in `status` (None: queued or processing).

        The `ephemeral` dialect knows no other status than being there. Raises `Unavailable`, `Rejected`.
        """
        query = {"namespace": namespace, "status": status}
        payload = await self._read("GET", "/api/ai/queue", {k: v for k, v in query.items() if v is not None})
        rows = await _rows(payload)
        self._learn(rows)
        return [self._placed(row) for row in rows]

    async def history(self, namespace: str | None) -> "_Rows":
        """What is over under `namespace`, as far as the dialect keeps it: at least the newest thousand rows.

        Raises `Unavailable`, `Rejected`.
        """
        if not self._echoes_directory:
            return [row for status in _OVER for row in await self.list(namespace, status)]
        query = {"page_size": str(_HISTORY_PAGE)} | ({"namespace": namespace} if namespace is not None else {})
        rows = await _rows(await self._read("GET", "/api/ai/generations", query))
        return [self._placed(row) for row in rows if row.status in _OVER]

    async def get(self, remote_id: RemoteId) -> RemoteGeneration:
        """One row, with a fresh result URL. Raises `NotFound`, `Unavailable`, `Rejected`."""
        row = _shaped(wire.row, await self._read("GET", f"/api/ai/queue/{remote_id}"))
        if row.id != remote_id:
            raise Unavailable("the row of another generation")
        self._learn([row])
        return self._placed(row)

    async def cancel(self, remote_id: RemoteId) -> None:
        """Asks to end it; no error when it is over already, so look at the row. Raises as `get` does."""
        try:
            answer = await self._read("DELETE", f"/api/ai/queue/{remote_id}")
            if wire.is_error(answer):
                raise Unavailable("a success that tells of an error")
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
            return wire.cost(await self._read("GET", f"/api/ai/generations/{remote_id}"), remote_id)
        except NotFound:
            return None

    async def events(self) -> AsyncGenerator[Event]:
        """The key's event stream, comments included, from the moment of the first yield (an empty comment).

        Ends with `Unavailable` when the connection breaks, or is silent for longer than `silence` seconds
        (the provider sends a keep-alive every 15 s). Raises `Rejected` when it is refused.
        """
        parser = SseParser()
        try:
            async with contextlib.AsyncExitStack() as stack:
                async with asyncio.timeout(self._silence):  # a head, too, may come so slowly that it never ends
                    response = await stack.enter_async_context(
                        self._session.get(
                            self._url("/api/events"),
                            headers=self._auth() | {"Accept": _STREAM, "Accept-Encoding": "identity"},
                            timeout=self._listening,
                            allow_redirects=False,
                        )
                    )
                    await check(response)
                if response.status == _NO_CONTENT or response.content_type != _STREAM:
                    raise Unavailable("no event stream")
                yield Event("", "connected")
                async for chunk in response.content.iter_any():
                    for event in parser.feed(chunk):
                        yield event
        except (*FAULTS, ValueError) as error:
            raise Unavailable(type(error).__name__) from error
        raise Unavailable("the event stream ended")

    async def download(self, url: str, path: Path, limit: int) -> int | None:
        """Streams a result to `path`; its size in bytes, or None (and no file) when it is more than `limit`.

        Raises `Unavailable`, or `Rejected` when the link does not lead to a film or a picture (any more).
        """
        return await self._fetcher.fetch(url, path, limit)

    async def _read(self, method: str, path: str, query: Mapping[str, str] | None = None) -> object:
        try:
            async with self._session.request(
                method,
                self._url(path),
                params=query,
                headers=self._auth(),
                timeout=self._reading,
                allow_redirects=False,
            ) as response:
                await check(response)
                return None if response.status == _NO_CONTENT else await read_json(response)
        except (*FAULTS, ValueError) as error:
            raise Unavailable(type(error).__name__) from error

    def _learn(self, rows: Sequence[RemoteGeneration]) -> None:
        """Which dialect is spoken shows in the rows; nothing has to be configured."""
        for row in rows:
            self._echoes_directory |= row.echoes_directory
            self._keeps_rows = row.has_status

    def _placed(self, row: RemoteGeneration) -> RemoteGeneration:
        """A link that leaves out the host means the provider's; whoever gets it in a message could not know."""
        url = row.result_url
        return replace(row, result_url=f"{self._base.origin()}{url}") if url and url.startswith("/") else row

    def _url(self, path: str) -> URL:
        return self._base.join(URL(path))

    def _auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"}


def _ids(payload: object) -> list[RemoteId]:
    try:
        ids = wire.accepted(payload)
    except ValueError as error:
        raise Ambiguous(str(error)) from error
    if not ids:
        raise Rejected(200, "Oxen accepted nothing of this order.")  # seen in the field (API.md, "Errors")
    return ids


async def _rows(payload: object) -> list[RemoteGeneration]:
    """In a thread: ten thousand rows take half a second, in which members would wait for an answer."""
    return await asyncio.to_thread(_shaped, wire.rows, payload)


def _shaped(parse: Callable[[object], _T], payload: object) -> _T:
    try:
        return parse(payload)
    except ValueError as error:
        raise Unavailable(str(error)) from error
