"""The wire between the bot and a stand-in: a loopback proxy that can be cut, refused, held, and trapped.

It passes bytes on as they are and notes each order that leaves (`POST /api/ai/queue`), with what was answered: that
is how a second POST for one order would be seen, whatever the provider made of it. Two things lead past it, because
the stand-ins name their own address: links to results, and the gateway once a session is resumed. For these the
stand-ins' own faults have to do.
"""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

_HOST = "127.0.0.1"
_REQUEST = re.compile(rb"([A-Z]+) (\S+) HTTP/1\.1\r\n")
_ANSWER = re.compile(rb"HTTP/1\.1 (\d{3})")
_TAG = re.compile(rb"chaos-\d+-\d+-\d+")
_ENQUEUE = "POST /api/ai/queue"
_CHUNK = 64 * 1024  # bytes
_REOPEN = 0.05  # seconds between two attempts to listen again


@dataclass(slots=True)
class Sending:
    """One POST for the order with this tag. `status` is what the bot was told; None: nothing."""

    tag: str
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """Springs once, when a request that fits comes by, or the answer to one; `swallow` lets it go no further."""

    request: re.Pattern[str]
    on_answer: bool
    swallow: bool
    spring: Callable[[], Awaitable[None]]


class Wire:
    """Leads from `port` to `target`, both on loopback. Use as `async with Wire(target) as wire:`."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.sendings: list[Sending] = []
        self.traps: list[Trap] = []
        self._connections: set[_Connection] = set()
        self._refusals = 0  # that are under way
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, _HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        while self._connections:
            self.cut()
            await asyncio.sleep(0)

    def cut(self) -> None:
        """Resets every connection; new ones are welcome."""
        for connection in list(self._connections):
            connection.abort()

    async def refuse(self, seconds: float) -> None:
        """As if the other side were restarted: connections are reset, and new ones refused for a while.

        Of several at a time, the last to end listens again.
        """
        self._refusals += 1
        self._server.close()
        self.cut()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._refusals -= 1
            if not self._refusals:
                await self._listen_again()

    async def hold(self, seconds: float) -> None:
        """For a while nothing comes through, in either direction; then what waited does."""
        self._flowing.clear()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._flowing.set()

    def calm(self) -> None:
        """No trap springs any more."""
        self.traps.clear()

    async def sprung(self, request: str, *, answer: bool) -> bool:
        """Springs the trap that fits; whether what comes by may go on."""
        for trap in self.traps:
            if trap.on_answer is answer and trap.request.match(request):
                self.traps.remove(trap)
                await trap.spring()
                return not trap.swallow
        return True

    async def flow(self) -> None:
        """Returns at once, unless the wire is held."""
        await self._flowing.wait()

    async def _listen_again(self) -> None:
        while True:
            try:
                self._server = await asyncio.start_server(self._serve, _HOST, self.port)
            except OSError:  # somebody's old connection still sits on the port
                await asyncio.sleep(_REOPEN)
            else:
                return

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self, writer)
        self._connections.add(connection)
        try:
            await connection.run(reader)
        finally:
            self._connections.discard(connection)
            connection.abort()


class _Connection:
    def __init__(self, wire: Wire, client: asyncio.StreamWriter) -> None:
        self._wire = wire
        self._client = client
        self._server: asyncio.StreamWriter | None = None
        self._request = ""
        self._sending: Sending | None = None

    def abort(self) -> None:
        for writer in (self._client, self._server):
            if writer is not None:
                writer.transport.abort()

    async def run(self, reader: asyncio.StreamReader) -> None:
        """Until one side is done; what it had said by then is passed on."""
        with contextlib.suppress(OSError):
            there, self._server = await asyncio.open_connection(_HOST, self._wire.target)
            pumps = {
                asyncio.create_task(self._pump(reader, self._server, self._asked)),
                asyncio.create_task(self._pump(there, self._client, self._answered)),
            }
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
            for writer in (self._server, self._client):
                writer.close()
            for writer in (self._server, self._client):
                await writer.wait_closed()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Callable[[bytes], Awaitable[bool]]
    ) -> None:
        while chunk := await reader.read(_CHUNK):
            await self._wire.flow()
            if not await seen(chunk):
                return
            writer.write(chunk)
            await writer.drain()

    async def _asked(self, chunk: bytes) -> bool:
        if found := _REQUEST.match(chunk):
            self._request = f"{found[1].decode()} {found[2].decode()}"
            self._sending = None
        if self._request != _ENQUEUE:
            return not found or await self._wire.sprung(self._request, answer=False)
        if self._sending is None and (tag := _TAG.search(chunk)):  # the body may come in a piece of its own
            self._sending = Sending(tag[0].decode())
            self._wire.sendings.append(self._sending)
            return await self._wire.sprung(self._request, answer=False)
        return True

    async def _answered(self, chunk: bytes) -> bool:
        found = _ANSWER.match(chunk)
        if not found:
            return True
        passes = await self._wire.sprung(self._request, answer=True)
        if passes and self._sending is not None:
            self._sending.status = int(found[1])
        return passes
