"""Small servers that say whatever a test wants, on real sockets, and write down what reached them."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Request:
    """`connection` counts from 1 in the order in which they were opened."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int


Answer = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    url: str = ""
    connections: int = 0
    requests: list[Request] = field(default_factory=list[Request])

    @property
    def posts(self) -> list[Request]:
        return [request for request in self.requests if request.method == "POST"]


@asynccontextmanager
async def serving(answer: Answer) -> AsyncGenerator[Server]:
    """A server on a free port that reads each request whole and then lets `answer` do what it wants."""
    served = Server()
    tasks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.connections += 1
        connection = served.connections
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while not writer.is_closing():
                request = await _read(reader, connection)
                served.requests.append(request)
                await answer(request, writer)

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(guarded(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, LOOPBACK, 0)
    served.url = f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
    try:
        yield served
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def _read(reader: asyncio.StreamReader, connection: int) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.splitlines()
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body, connection)


def says(status: int, body: bytes = b"", **headers: str) -> Answer:
    """A proper answer. `content_length="99"` and the like replace or add headers."""
    all_headers = {"content-length": str(len(body)), "content-type": "application/json"}
    all_headers |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items())
    return raw(f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + body)


def says_json(status: int, body: object, **headers: str) -> Answer:
    return says(status, json.dumps(body).encode(), **headers)


def raw(data: bytes) -> Answer:
    """These bytes, whatever they are."""

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return answer


def then_closes(answer: Answer) -> Answer:
    async def both(request: Request, writer: asyncio.StreamWriter) -> None:
        await answer(request, writer)
        writer.close()
        await writer.wait_closed()

    return both


async def closes(_: Request, writer: asyncio.StreamWriter) -> None:
    """Closes the connection without a word."""
    writer.close()


async def resets(_: Request, writer: asyncio.StreamWriter) -> None:
    """Tears the connection down (RST)."""
    writer.transport.abort()


async def never(_: Request, writer: asyncio.StreamWriter) -> None:
    """Says nothing, and keeps the line open."""
    await asyncio.Event().wait()
