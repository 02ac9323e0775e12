"""How requests travel: a port that can be swapped, and what implements it with aiohttp.

A transport knows nothing of keys, JSON or what a status means; `bot.oxen.calls` does. It tells two kinds of failure
apart, because what a POST orders is paid for:

TransportError
├── NotSent   the connection never stood: surely nothing happened
└── Broken    it broke off or took too long: nobody knows what became of it

A link that may not be followed is a `BadLink` (`bot.oxen.links`). Each message is the name of the foreign error and
nothing else: foreign texts may quote a request.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self

import aiohttp
from yarl import URL

from bot.domain.roles import ALWAYS, Hold, NotHeld
from bot.oxen.links import BadLink, Links, PublicOnlyResolver


class TransportError(Exception):
    """Base of what can go wrong on the way."""


class NotSent(TransportError):
    """Refused, no such host, TLS failed: the connection never stood."""


class Broken(TransportError):
    """Reset, cut short, too slow, or no HTTP."""


class Pool(StrEnum):
    """Which connections a request may use."""

    KEPT = "kept"  # kept alive between requests
    FRESH = "fresh"  # one of its own: a kept one may have died unnoticed, and make a POST ambiguous that never left
    PUBLIC = "public"  # to the provider, or to hosts that everybody can reach; what comes is not unpacked


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds: for everything (None: without end), for a connection to stand, for the line to say nothing."""

    total: float | None
    connect: float
    silence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`body` is sent as JSON; None sends nothing. No redirect is followed and no cookie is kept."""

    method: str
    url: URL
    headers: Mapping[str, str]
    patience: Patience
    query: Mapping[str, str] | None = None
    body: object = None
    pool: Pool = Pool.KEPT


class Response(Protocol):
    """An answer, of which the head has come."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Names are found in any case."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes, in pieces of some hundred KiB at most. Raises `Broken`."""
        ...


class Transport(Protocol):
    """Use as `async with`; it may be used again after it was left."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def send(self, request: Request) -> AbstractAsyncContextManager[Response]:
        """Sends it once; the answer lasts as long as the block. Raises `NotSent`, `Broken` or `BadLink`."""
        ...


class AiohttpTransport:
    """The real one, for the provider whose API is at `base`. `hold` is asked right before each request."""

    def __init__(self, base: URL, hold: Hold = ALWAYS) -> None:
        self._base = base
        self._hold = hold

    async def __aenter__(self) -> Self:
        self._open = contextlib.AsyncExitStack()
        resolver = PublicOnlyResolver(Links(self._base))
        self._open.push_async_callback(resolver.close)
        self._sessions = {
            Pool.KEPT: aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()),
            Pool.FRESH: aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True), cookie_jar=aiohttp.DummyCookieJar()
            ),
            Pool.PUBLIC: aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # videos and images are compressed already; what comes packed is none
            ),
        }
        for session in self._sessions.values():
            await self._open.enter_async_context(session)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    @asynccontextmanager
    async def send(self, request: Request) -> AsyncGenerator[Response]:
        patience = request.patience
        timeout = aiohttp.ClientTimeout(total=patience.total, connect=patience.connect, sock_read=patience.silence)
        async with contextlib.AsyncExitStack() as stack:
            with _mapped():
                self._hold()
                response = await stack.enter_async_context(
                    self._sessions[request.pool].request(
                        request.method,
                        request.url,
                        params=request.query,
                        json=request.body,
                        headers=request.headers,
                        timeout=timeout,
                        allow_redirects=False,
                    )
                )
            yield _AiohttpResponse(response)


class _AiohttpResponse:
    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers = response.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        with _mapped():
            async for chunk in self._response.content.iter_any():
                yield chunk


@contextlib.contextmanager
def _mapped() -> Generator[None]:
    """The one place where aiohttp's errors become ours."""
    try:
        yield
    except BadLink:
        raise
    except NotHeld as error:
        raise NotSent(type(error).__name__) from error
    except (aiohttp.NonHttpUrlClientError, aiohttp.InvalidURL, UnicodeError) as error:
        raise BadLink(type(error).__name__) from error
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise NotSent(type(error).__name__) from error
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise Broken(type(error).__name__) from error
