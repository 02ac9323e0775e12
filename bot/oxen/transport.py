"""How the client's calls travel: one GET that may be asked again, one POST that leaves once.

The key goes to the Oxen host only and never across a redirect. What a POST orders is paid for, and there is no
idempotency key (API.md, "Errors"), so its failures are sorted into "surely nothing happened" (`Unavailable`), "it
said no" (`Rejected`) and "nobody knows" (`Ambiguous`).
"""

import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import aiohttp
from yarl import URL

from bot.domain.contact import Contact
from bot.domain.provider import Ambiguous, KeyRefused, NotFound, Rejected, Unavailable
from bot.oxen.answers import FAULTS, check, read_json
from bot.oxen.fetching import Fetcher

_T = TypeVar("_T")

NO_CONTENT = 204
_BUSY = "status 429"
_UNKNOWN_KEY = 401
UNSENT = (
    aiohttp.ClientConnectorError,  # refused, no such host, TLS: the connection never stood
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds: for a connection to stand, for a whole answer, and for a download to say nothing (`stall`).

    `silence` is how long the event stream may say nothing; the provider sends a keep-alive every 15 s. `blocking`
    is for a call that answers when the media is there: 5 to 15 minutes for a video (seed 003).
    """

    connect: float = 10
    read: float = 30
    enqueue: float = 60
    blocking: float = 1200
    download: float = 600
    stall: float = 60
    silence: float = 45


USUAL = Timeouts()


class Transport:
    """The connections of one client, with one key. Use as `async with`. `contact` is told what becomes of requests."""

    def __init__(self, base_url: str, key: str, *, timeouts: Timeouts = USUAL, contact: Contact | None = None) -> None:
        self._contact = contact or Contact(time.monotonic)
        self._base = URL(base_url)
        self._key = key
        self._timeouts = timeouts
        self._reading = self._patience(timeouts.read)
        self._listening = aiohttp.ClientTimeout(total=None, connect=timeouts.connect, sock_read=timeouts.silence)
        self._fetcher = Fetcher(
            self._base,
            self._auth(),
            aiohttp.ClientTimeout(total=timeouts.download, connect=timeouts.connect, sock_read=timeouts.stall),
        )

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

    async def _read(self, method: str, path: str, query: Mapping[str, str | None] | None = None) -> object:
        """The JSON of an answer; what is None in `query` is left out.

        Raises `NotFound`, `Unavailable`, `Rejected`.
        """
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        with self._contact.waiting(), self._heard():
            try:
                async with self._session.request(
                    method,
                    self._url(path),
                    params=asked,
                    headers=self._auth(),
                    timeout=self._reading,
                    allow_redirects=False,
                ) as response:
                    await check(response)
                    return None if response.status == NO_CONTENT else await read_json(response)
            except (*FAULTS, ValueError) as error:
                raise Unavailable(type(error).__name__) from error

    @asynccontextmanager
    async def _posted(
        self, path: str, body: Mapping[str, Any] | None, patience: float
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        """The answer to the one POST, to be judged and read inside. `patience` in seconds for all of it.

        Raises `Unavailable` when it never left, `Ambiguous` when it broke off.
        """
        with self._heard():
            try:
                async with self._posts.post(
                    self._url(path),
                    json=body,
                    headers=self._auth(),
                    timeout=self._patience(patience),
                    allow_redirects=False,
                ) as response:
                    yield response
            except UNSENT as error:
                raise Unavailable(type(error).__name__) from error
            except FAULTS as error:
                raise Ambiguous(type(error).__name__) from error

    @contextlib.contextmanager
    def _heard(self) -> Generator[None]:
        """Tells `contact` how the block ends."""
        try:
            yield
        except (Unavailable, Ambiguous) as error:
            if str(error) != _BUSY:  # it is there, and asks for patience
                self._contact.failed(str(error))
            raise
        except KeyRefused as error:
            self._contact.refuses() if error.status == _UNKNOWN_KEY else self._contact.reached()
            raise
        except (Rejected, NotFound):
            self._contact.reached()
            raise
        else:
            self._contact.reached()

    def _patience(self, seconds: float) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=seconds, connect=self._timeouts.connect)

    def _placed_link(self, link: str | None) -> str | None:
        """A link that leaves out the host means the provider's; whoever gets it in a message could not know."""
        return f"{self._base.origin()}{link}" if link and link.startswith("/") else link

    def _url(self, path: str) -> URL:
        return self._base.join(URL(path, encoded=True))

    def _auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"}


def segment(name: str) -> str:
    """A name as one segment of a path, whatever is in it; one of nothing but dots would lead upwards."""
    escaped = quote(name, safe="")
    return escaped if escaped.strip(".") else escaped.replace(".", "%2E")


def shaped(parse: Callable[[object], _T], payload: object) -> _T:
    """What `parse` makes of an answer. Raises `Unavailable` when it is another one than was asked for."""
    try:
        return parse(payload)
    except ValueError as error:
        raise Unavailable(str(error)) from error
