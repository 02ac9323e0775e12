"""Transports for `OxenClient`: one that answers from a function, without sockets, and one that can be led astray."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from multidict import CIMultiDict

from bot.domain.contact import Contact
from bot.oxen.client import OxenClient
from bot.oxen.transport import Request, Response, Transport
from tests.fakes.orders import KEY


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. After its `body` it breaks off with `breaks`, if given."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=CIMultiDict[str])
    breaks: Exception | None = None

    async def chunks(self) -> AsyncIterator[bytes]:
        if self.body:
            yield self.body
        if self.breaks is not None:
            raise self.breaks


def replies(status: int, body: object = None, **headers: str) -> Reply:
    """With `body` as JSON (bytes as they are); `content_type="x"` and the like are headers."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, content, CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()}))


class FunctionTransport:
    """`answer` makes each answer, or raises what a transport raises. `requests` are those that came, in order."""

    def __init__(self, answer: Callable[[Request], Reply] | Reply | Exception) -> None:
        self._answer = answer
        self.requests: list[Request] = []

    @property
    def posts(self) -> list[Request]:
        return [request for request in self.requests if request.method == "POST"]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @asynccontextmanager
    async def send(self, request: Request) -> AsyncGenerator[Response]:
        self.requests.append(request)
        answer = self._answer
        if isinstance(answer, Exception):
            raise answer
        yield answer if isinstance(answer, Reply) else answer(request)


class Detour:
    """Carries requests by `inner`; while `away`, to a port at which nobody listens."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.away = False

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._inner.__aexit__(kind, error, trace)

    @asynccontextmanager
    async def send(self, request: Request) -> AsyncGenerator[Response]:
        there = replace(request, url=request.url.with_port(9)) if self.away else request
        async with self._inner.send(there) as response:
            yield response


OXEN = "https://oxen.example"


@asynccontextmanager
async def talking(
    answer: Callable[[Request], Reply] | Reply | Exception, contact: Contact | None = None
) -> AsyncGenerator[tuple[OxenClient, FunctionTransport]]:
    """A client of `OXEN` whose every request is answered by `answer`, and what it asked."""
    transport = FunctionTransport(answer)
    async with OxenClient(OXEN, KEY, contact=contact, transport=transport) as oxen:
        yield oxen, transport
