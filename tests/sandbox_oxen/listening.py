"""Reading the event stream as it comes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.sandbox_oxen.support import Client

KEEP_ALIVE = ": keep-alive\n\n"


@asynccontextmanager
async def listening(client: Client) -> AsyncIterator[aiohttp.StreamReader]:
    """The open stream's bytes."""
    headers = {"Authorization": f"Bearer {client.key}", "Accept": "text/event-stream"}
    async with client.session.get(client.sandbox.url + "/api/events", headers=headers) as reply:
        assert reply.status == 200
        assert reply.headers["Content-Type"] == "text/event-stream"
        yield reply.content


async def block(stream: aiohttp.StreamReader) -> str:
    """What comes up to the next blank line."""
    async with asyncio.timeout(5):
        return (await stream.readuntil(b"\n\n")).decode()


async def event(stream: aiohttp.StreamReader) -> str:
    """The next event, however long the silence before it."""
    while (text := await block(stream)) == KEEP_ALIVE:
        pass
    return text


async def told(stream: aiohttp.StreamReader) -> dict[str, Any]:
    """The data of the next event."""
    return json.loads((await event(stream)).split("data: ")[1])


async def nothing_comes(stream: aiohttp.StreamReader) -> bool:
    """Whether a keep-alive is the next that comes."""
    return await block(stream) == KEEP_ALIVE
